/* The page: fills it, moves the view, plays sound. */

const SHORTEST_S = 0.1, AROUND_S = 1, CLICK_PX = 4;

function start(report) {
  const element = id => document.getElementById(id);
  const canvas = element("canvas"), stage = element("stage"), tip = element("tip"), audio = element("audio");
  const g = canvas.getContext("2d");
  const lanes = layout(report), height = lanes[lanes.length - 1].bottom + GAP;
  const ui = { lanes, height, width: 0, ratio: 1, colors: {}, view: { start: 0, end: report.seconds }, chosen: -1,
    hover: null, playhead: null, playing: null, until: 0 };
  let queued = false;

  function redraw() {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => { queued = false; draw(g, report, ui); });
  }

  function resize() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["page", "panel", "ink", "soft", "line", "grid", "wave", "speech", "speech-fill", "preroll-fill", "start",
      "stop", "end", "prob", "prob-fill", "rms", "pitch", "queue", "queue-fill", "label", "cursor", "threshold"])
      ui.colors[name.replace(/-(\w)/, (_, letter) => letter.toUpperCase())] = style.getPropertyValue("--" + name).trim();
    ui.ratio = window.devicePixelRatio || 1;
    ui.width = stage.clientWidth;
    canvas.style.height = height + "px";
    canvas.width = Math.round(ui.width * ui.ratio);
    canvas.height = Math.round(height * ui.ratio);
    draw(g, report, ui); // at once: setting its size has cleared the canvas, and no frame may show that
  }

  function show(from, to) {
    const span = Math.min(report.seconds, Math.max(Math.min(SHORTEST_S, report.seconds), to - from));
    const begin = Math.min(Math.max(0, from), report.seconds - span);
    ui.view = { start: begin, end: begin + span };
    redraw();
  }

  function zoom(factor, at) {
    const { start: from, end: to } = ui.view;
    show(at - (at - from) * factor, at + (to - at) * factor);
  }
  const middle = () => (ui.view.start + ui.view.end) / 2;
  const move = share => { const by = share * (ui.view.end - ui.view.start); show(ui.view.start + by, ui.view.end + by); };

  function choose(number) {
    ui.chosen = number;
    const segment = report.segments[number];
    for (const id of ["play-vad", "play-source"]) element(id).disabled = !segment;
    element("chosen").textContent = segment
      ? `${segment.file}: ${segment.startS.toFixed(2)} to ${segment.endS.toFixed(2)} s, pre-roll ${Math.round((segment.decidedS - segment.startS) * 1000)} ms`
      : "Click a segment to hear it. Wheel zooms, drag moves.";
    for (const row of element("events").tBodies[0].rows) row.classList.toggle("chosen", Number(row.dataset.segment) === number && number >= 0);
    redraw();
  }

  async function play(kind) {
    const segment = report.segments[ui.chosen];
    if (!segment) return;
    const around = kind === "source" ? AROUND_S : 0;
    ui.playing = kind;
    ui.until = Math.min(report.seconds, segment.endS + around);
    audio.currentTime = Math.max(0, segment.startS - around);
    element("stop").disabled = false;
    await audio.play();
    follow();
  }

  function follow() {
    if (ui.playing === null) return;
    ui.playhead = audio.currentTime;
    if (audio.currentTime >= ui.until || audio.ended) { silence(); return; }
    redraw();
    requestAnimationFrame(follow);
  }

  function silence() {
    audio.pause();
    ui.playing = ui.playhead = null;
    element("stop").disabled = true;
    redraw();
  }

  /* One pointer: a press that does not move is a click, one in the overview takes the view along. */
  let press = null;
  const place = event => { const box = canvas.getBoundingClientRect(); return { x: event.clientX - box.left, y: event.clientY - box.top }; };
  const inOverview = y => y <= lanes[0].bottom + GAP / 2;
  const overviewTime = x => (x - ui.box.left) / ui.box.width * report.seconds;

  canvas.addEventListener("pointerdown", event => {
    const { x, y } = place(event);
    press = { x, view: ui.view, moved: false, overview: inOverview(y) };
    canvas.setPointerCapture(event.pointerId);
    if (press.overview) center(overviewTime(x));
  });
  canvas.addEventListener("pointermove", event => {
    const { x, y } = place(event);
    if (press) {
      press.moved = press.moved || Math.abs(x - press.x) > CLICK_PX;
      if (press.overview) center(overviewTime(x));
      else if (press.moved) {
        const by = (press.x - x) / ui.box.width * (press.view.end - press.view.start);
        show(press.view.start + by, press.view.end + by);
      }
    }
    hover(x, y);
  });
  canvas.addEventListener("pointerup", event => {
    const { x } = place(event), was = press;
    press = null;
    if (!was || was.moved || was.overview) return;
    choose(segmentAt(report, ui.box.time(x)));
    if (ui.chosen >= 0) play(event.shiftKey ? "source" : "vad");
  });
  canvas.addEventListener("pointercancel", () => { press = null; });
  canvas.addEventListener("pointerleave", () => { ui.hover = null; tip.hidden = true; redraw(); });
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) move((event.deltaX || event.deltaY) / 1000);
    else zoom(Math.exp(event.deltaY / 400), Math.min(report.seconds, Math.max(0, ui.box.time(place(event).x))));
  }, { passive: false });

  function center(seconds) {
    const half = (ui.view.end - ui.view.start) / 2;
    show(seconds - half, seconds + half);
  }

  function hover(x, y) {
    const seconds = ui.box.time(x), frame = Math.floor(seconds / FRAME_S);
    const within = x >= ui.box.left && x <= ui.box.right && frame >= 0 && frame < report.frames && !inOverview(y);
    ui.hover = within ? seconds : null;
    tip.hidden = !within || Boolean(press && press.moved);
    if (!tip.hidden) {
      const s = report.series, rows = [
        `<b>${(frame * FRAME_S).toFixed(2)} s</b>, frame ${frame}: <b>${STATES[s.state[frame]]}</b>`,
        `<b>${s.active[frame] ? "active" : "inactive"}</b>: ${judgement(report, frame)}`,
        `probability ${s.prob[frame]} %, rms ${s.rms[frame] - 127} dBov, pitch ${s.pitch[frame] ? s.pitch[frame] + " Hz" : "none"}`,
        `queue ${s.queued[frame]} of ${s.size[frame]}: ${counted(report, frame)}`];
      tip.innerHTML = rows.join("<br>");
      tip.style.left = Math.min(x + 14, ui.width - tip.offsetWidth - 6) + "px";
      tip.style.top = Math.min(y + 14, height - tip.offsetHeight - 6) + "px";
    }
    redraw();
  }

  const keys = { "+": () => zoom(0.6, middle()), "=": () => zoom(0.6, middle()), "-": () => zoom(1 / 0.6, middle()),
    "0": () => show(0, report.seconds), ArrowLeft: () => move(-0.15), ArrowRight: () => move(0.15), " ": () => play("vad"),
    s: () => play("source"), Escape: silence };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key] || (event.key === " " && event.target.tagName === "BUTTON")) return;
    event.preventDefault();
    keys[event.key]();
  });
  element("fit").onclick = keys["0"];
  element("zoom-in").onclick = keys["+"];
  element("zoom-out").onclick = keys["-"];
  element("play-vad").onclick = keys[" "];
  element("play-source").onclick = keys.s;
  element("stop").onclick = silence;

  fill(report, event => {
    const segment = report.segments[event.segment], at = (event.frame + 1) * FRAME_S;
    if (segment) show(segment.startS - 0.5, segment.endS + 0.5); else show(at - 1, at + 1);
    choose(event.segment);
  });
  audio.src = report.soundUrl;
  new ResizeObserver(resize).observe(stage);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", resize);
  resize();
  window.vadReport = { report, ui, audio };
}

/* Put the facts, decisions, parameters and scores into their tables; `onEvent` is called with a chosen decision. */
function fill(report, onEvent) {
  const element = id => document.getElementById(id);
  const add = (parent, tag, text, name) => { const made = document.createElement(tag); made.textContent = text; if (name) made.className = name; parent.append(made); return made; };
  const facts = [["rules", report.rules], ["probability", report.voice + (report.live ? ", as live" : "")],
    ["length", report.seconds.toFixed(2) + " s"], ["segments", report.segments.length]];
  for (const [name, value] of facts) { const item = add(element("facts"), "li", name + " "); add(item, "b", value); }
  let segment = -1;
  for (const event of report.events) {
    if (event.kind === "start") segment++;
    event.segment = event.kind === "start" || segment >= 0 ? segment : -1;
    const row = element("events").tBodies[0].insertRow();
    row.dataset.segment = event.segment;
    row.tabIndex = 0;
    add(row, "td", ((event.frame + 1) * FRAME_S).toFixed(2) + " s");
    add(row, "td", event.segment >= 0 ? report.segments[event.segment].file : "");
    add(row, "td", event.reason, event.kind);
    row.onclick = () => onEvent(event);
    row.onkeydown = pressed => { if (pressed.key === "Enter") onEvent(event); };
  }
  if (!report.events.length) add(element("events").tBodies[0].insertRow(), "td", "none").colSpan = 3;
  const pair = (table, name, value) => { const row = element(table).tBodies[0].insertRow(); add(row, "td", name); add(row, "td", value); };
  for (const [name, value] of Object.entries(report.config)) pair("config", name, value);
  element("scores-box").hidden = !report.scores;
  for (const [name, value] of Object.entries(report.scores || {}))
    pair("scores", name, value === null ? "none" : Number.isInteger(value) ? value : value.toFixed(3));
  element("notes-box").hidden = !report.notes.length;
  for (const note of report.notes) add(element("notes"), "li", note);
}

/* A short recording is on the screen when the page has loaded: nothing in its way waits. */
function begin() {
  const report = read();
  const show = () => { prepare(report); start(report); };
  return report.deflated ? inflate(report).then(show) : show();
}

function failed(error) { document.getElementById("chosen").textContent = "This browser cannot show the report: " + error; }

try { Promise.resolve(begin()).catch(failed); } catch (error) { failed(error); }
