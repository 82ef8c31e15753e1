/* Draws the lanes: each gets a box and the view, and draws what is visible, at most one step a pixel. */

const GUTTER = 112, LABEL_RIGHT = 82, GAP = 7, RIGHT = 10;
const LANES = [
  { name: "overview", height: 40, draw: drawOverview },
  { name: "time", height: 22, draw: drawRuler },
  { name: "sound", height: 120, draw: drawWave },
  { name: "labels", height: 14, draw: drawLabels, wanted: report => report.labels },
  { name: "emits, active", height: 22, draw: drawStates },
  { name: "prob", height: 86, draw: drawProbability },
  { name: "rms dB", height: 70, draw: drawLoudness },
  { name: "pitch Hz", height: 64, draw: drawPitch },
  { name: "counted", height: 78, draw: drawQueue },
];
const CROWDED_PX = 30, TICK_PX = 8, DENSE = 12;
const RMS_FLOOR = 47, PITCH_LOW = 60, PITCH_HIGH = 500;

function layout(report) {
  let top = 0;
  return LANES.filter(lane => !lane.wanted || lane.wanted(report)).map(lane => {
    const placed = { ...lane, top: top + GAP, bottom: top + GAP + lane.height };
    top = placed.bottom;
    return placed;
  });
}

function draw(g, report, ui) {
  const { width, height, lanes, view, colors } = ui;
  g.setTransform(ui.ratio, 0, 0, ui.ratio, 0, 0);
  g.clearRect(0, 0, width, height);
  g.font = '11px system-ui, "DejaVu Sans", sans-serif';
  g.textBaseline = "middle";
  const box = { left: GUTTER, right: width - RIGHT, span: view.end - view.start };
  box.width = box.right - box.left;
  box.x = seconds => box.left + (seconds - view.start) / box.span * box.width;
  box.time = x => view.start + (x - box.left) / box.width * box.span;
  ui.box = box;
  const detail = lanes.slice(2), top = detail[0].top, bottom = detail[detail.length - 1].bottom;
  g.save();
  g.beginPath();
  g.rect(box.left, 0, box.width, height);
  g.clip();
  drawSegments(g, report, ui, box, top, bottom);
  for (const lane of lanes) if (lane.name !== "overview") lane.draw(g, report, ui, { ...box, top: lane.top, bottom: lane.bottom });
  drawEvents(g, report, ui, box, top, bottom);
  g.restore();
  lanes[0].draw(g, report, ui, { ...box, top: lanes[0].top, bottom: lanes[0].bottom });
  g.textAlign = "right";
  for (const lane of lanes.slice(2)) {
    line(g, colors.line, box.left, lane.bottom + GAP / 2, box.right, lane.bottom + GAP / 2);
    g.fillStyle = colors.ink;
    g.fillText(lane.name, LABEL_RIGHT, (lane.top + lane.bottom) / 2);
  }
  scales(g, ui, lanes);
  drawCursor(g, ui, box, top, bottom);
}

function line(g, color, x0, y0, x1, y1, dash) {
  g.strokeStyle = color;
  g.lineWidth = 1;
  g.setLineDash(dash || []);
  g.beginPath();
  g.moveTo(x0, y0);
  g.lineTo(x1, y1);
  g.stroke();
  g.setLineDash([]);
}

function scales(g, ui, lanes) {
  const marks = { prob: [[0, "0"], [1, "100"]], "rms dB": [[0, "-80"], [1, "0"]], "pitch Hz": [[0, "60"], [1, "500"]] };
  g.fillStyle = ui.colors.soft;
  g.textAlign = "right";
  for (const lane of lanes)
    for (const [at, text] of marks[lane.name] || [])
      g.fillText(text, GUTTER - 5, at ? lane.top + 5 : lane.bottom - 5);
}

/* Call `each(x, first, last)` for every pixel column that shows frames first..last-1. */
function columns(report, box, each) {
  const first = Math.max(0, Math.floor(box.time(box.left) / FRAME_S));
  const last = Math.min(report.frames, Math.ceil(box.time(box.right) / FRAME_S));
  const step = Math.max(1, box.span / FRAME_S / box.width);
  for (let at = first; at < last; at += step) {
    const from = Math.floor(at), to = Math.min(last, Math.max(from + 1, Math.floor(at + step)));
    each(box.x(from * FRAME_S), from, to, box.x(to * FRAME_S));
  }
}

/* A curve of each column's mean over the fill up to its highest; `value(frame)` gives 0..1 or null for none. */
function curve(g, report, box, color, fill, value) {
  const y = v => box.bottom - v * (box.bottom - box.top);
  const path = new Path2D(), area = new Path2D();
  let lastX = null;
  const close = () => { if (lastX !== null) area.lineTo(lastX, box.bottom); lastX = null; };
  columns(report, box, (x, from, to, next) => {
    let most = -1, sum = 0, count = 0;
    for (let i = from; i < to; i++) {
      const v = value(i);
      if (v === null) continue;
      most = Math.max(most, v);
      sum += v;
      count++;
    }
    if (!count) return close();
    const mean = y(sum / count);
    if (lastX === null) { path.moveTo(x, mean); area.moveTo(x, box.bottom); } else path.lineTo(x, mean);
    path.lineTo(next, mean);
    area.lineTo(x, y(most));
    area.lineTo(next, y(most));
    lastX = next;
  });
  close();
  if (fill) { g.fillStyle = fill; g.fill(area); }
  g.strokeStyle = color;
  g.lineWidth = 1.3;
  g.stroke(path);
}

function drawSegments(g, report, ui, box, top, bottom) {
  report.segments.forEach((segment, number) => {
    const start = box.x(segment.startS), decided = box.x(segment.decidedS), end = box.x(segment.endS);
    if (end < box.left || start > box.right) return;
    g.fillStyle = ui.colors.prerollFill;
    g.fillRect(start, top, decided - start, bottom - top);
    g.fillStyle = ui.colors.speechFill;
    g.fillRect(decided, top, end - decided, bottom - top);
    if (number === ui.chosen) {
      g.strokeStyle = ui.colors.speech;
      g.lineWidth = 2;
      g.strokeRect(start + 1, top + 1, end - start - 2, bottom - top - 2);
    }
  });
}

function drawEvents(g, report, ui, box, top, bottom) {
  g.textAlign = "left";
  const shown = report.events.filter(event => Math.abs(box.x((event.frame + 1) * FRAME_S) - (box.left + box.right) / 2) <= box.width / 2 + 2);
  const room = box.width / Math.max(1, shown.length), roomy = room > 190;
  if (room < CROWDED_PX) bottom = top + TICK_PX; // full lines would drown what they mark
  for (const event of shown) {
    const x = box.x((event.frame + 1) * FRAME_S), color = ui.colors[event.kind];
    line(g, color, x, top, x, bottom, event.kind === "end" ? [3, 3] : null);
    if (!roomy) continue;
    const text = event.reason, width = g.measureText(text).width + 8;
    const left = Math.min(Math.max(event.kind === "start" ? x + 3 : x - width - 3, box.left), box.right - width);
    const y = event.kind === "start" ? top + 9 : top + 25;
    g.fillStyle = ui.colors.panel;
    g.globalAlpha = 0.85;
    g.fillRect(left, y - 8, width, 16);
    g.globalAlpha = 1;
    g.fillStyle = color;
    g.fillText(text, left + 4, y);
  }
}

function drawWave(g, report, ui, box) {
  wave(g, report, ui.colors.wave, box, box.x, box.time);
}

function wave(g, report, color, box, toX, toTime) {
  const samples = Math.max(1, (toTime(box.left + 1) - toTime(box.left)) * report.rate);
  let level = report.levels[0];
  for (const coarse of report.levels) if (coarse.samples <= samples) level = coarse;
  const perColumn = level.samples / report.rate, middle = (box.top + box.bottom) / 2;
  const scale = (box.bottom - box.top) / 2 / report.loudest;
  const first = Math.max(0, Math.floor(toTime(box.left) / perColumn));
  const last = Math.min(level.pairs.length / 2, Math.ceil(toTime(box.right) / perColumn));
  g.fillStyle = color;
  for (let i = first; i < last; i++) {
    const x = toX(i * perColumn), next = toX((i + 1) * perColumn);
    const high = Math.max(box.top, middle - level.pairs[2 * i + 1] * scale), low = Math.min(box.bottom, middle - level.pairs[2 * i] * scale);
    g.fillRect(x, high, Math.max(next - x, 0.8), Math.max(low - high, 0.8));
  }
}

function drawOverview(g, report, ui, box) {
  const toX = seconds => box.left + seconds / report.seconds * box.width;
  const toTime = x => (x - box.left) / box.width * report.seconds;
  g.fillStyle = ui.colors.speechFill;
  for (const segment of report.segments)
    g.fillRect(toX(segment.startS), box.top, Math.max(1, toX(segment.endS) - toX(segment.startS)), box.bottom - box.top);
  wave(g, report, ui.colors.wave, box, toX, toTime);
  const left = toX(ui.view.start), right = Math.max(left + 2, toX(ui.view.end));
  g.fillStyle = ui.colors.page;
  g.globalAlpha = 0.6;
  g.fillRect(box.left, box.top, left - box.left, box.bottom - box.top);
  g.fillRect(right, box.top, box.right - right, box.bottom - box.top);
  g.globalAlpha = 1;
  g.strokeStyle = ui.colors.soft;
  g.lineWidth = 1;
  g.strokeRect(left + 0.5, box.top + 0.5, right - left - 1, box.bottom - box.top - 1);
}

function drawRuler(g, report, ui, box) {
  const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const step = steps.find(one => one / box.span * box.width >= 80) || 7200;
  g.textAlign = "center";
  for (let at = Math.ceil(box.time(box.left) / step) * step; at <= box.time(box.right) + 1e-9; at += step) {
    const x = box.x(at);
    line(g, ui.colors.grid, x, box.bottom, x, ui.height);
    g.fillStyle = ui.colors.soft;
    const text = clock(at, step), half = g.measureText(text).width / 2;
    g.fillText(text, Math.min(Math.max(x, box.left + half), box.right - half), (box.top + box.bottom) / 2);
  }
}

function clock(seconds, step) {
  const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
  if (seconds < 60) return seconds.toFixed(digits) + " s";
  const minutes = Math.floor(seconds / 60 + 1e-9), rest = Math.max(0, seconds - 60 * minutes).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

function drawLabels(g, report, ui, box) {
  g.fillStyle = ui.colors.label;
  for (const [start, end] of report.labels) g.fillRect(box.x(start), box.top + 3, Math.max(1, box.x(end) - box.x(start)), box.bottom - box.top - 6);
}

function drawStates(g, report, ui, box) {
  const paint = (color, low, high, test) => { // neighbouring columns as one bar: antialiased edges would show as stripes
    let from = null, to = null;
    const bar = () => { if (from !== null) g.fillRect(from, low, Math.max(to - from, 1), high - low); from = null; };
    g.fillStyle = color;
    columns(report, box, (x, first, last, next) => {
      let hit = false;
      for (let i = first; i < last && !hit; i++) hit = test(i);
      if (!hit) return bar();
      from = from === null ? x : from;
      to = next;
    });
    bar();
  };
  const s = report.series, middle = box.top + (box.bottom - box.top) * 0.62;
  paint(ui.colors.speech, box.top, middle, i => s.state[i] > 0);
  paint(ui.colors.prob, middle + 3, box.bottom, i => s.active[i] === 1);
}

function drawProbability(g, report, ui, box) {
  curve(g, report, box, ui.colors.prob, ui.colors.probFill, i => report.series.prob[i] / 100);
  if (report.rules !== "2.4") thresholdLine(g, report, ui, box, i => probThreshold(report, i) / 100);
}

function drawLoudness(g, report, ui, box) {
  const share = rms => Math.min(1, Math.max(0, (rms - RMS_FLOOR) / (127 - RMS_FLOOR)));
  curve(g, report, box, ui.colors.rms, null, i => share(report.series.rms[i]));
  thresholdLine(g, report, ui, box, i => report.series.threshold[i] >= RMS_FLOOR ? share(report.series.threshold[i]) : null);
  if (report.rules === "2.1") note(g, ui, box, "2.1 compares rms 0..127 with dB as it stands: always passed");
}

function thresholdLine(g, report, ui, box, value) {
  g.setLineDash([4, 3]);
  curve(g, report, box, ui.colors.threshold, null, value);
  g.setLineDash([]);
}

function note(g, ui, box, text) {
  g.textAlign = "right";
  g.fillStyle = ui.colors.soft;
  g.fillText(text, box.right - 6, box.bottom - 6);
}

function drawPitch(g, report, ui, box) {
  const height = box.bottom - box.top, range = Math.log(PITCH_HIGH / PITCH_LOW);
  g.fillStyle = ui.colors.pitch;
  columns(report, box, (x, from, to, next) => {
    for (let i = from; i < to; i++) {
      const hertz = report.series.pitch[i];
      if (hertz < PITCH_LOW) continue;
      const y = box.bottom - Math.log(Math.min(hertz, PITCH_HIGH) / PITCH_LOW) / range * height;
      g.fillRect(x, y - 1, Math.max(next - x, 1.6), 2);
      return;
    }
  });
}

/* Filled: what is counted towards the next transition; thin: how full the queue is; dashed: what fires. */
function drawQueue(g, report, ui, box) {
  const s = report.series;
  curve(g, report, box, ui.colors.queue, ui.colors.queueFill, i => s.window[i] ? s.counted[i] / s.window[i] : 0);
  if (box.span / FRAME_S / box.width > DENSE) return;
  g.globalAlpha = 0.55;
  curve(g, report, box, ui.colors.soft, null, i => s.queued[i] / s.size[i]);
  g.globalAlpha = 1;
  thresholdLine(g, report, ui, box, i => {
    const wanted = report.trigger[isSpeaking(s.state[i]) ? "stop" : "start"];
    return wanted === null || !s.window[i] ? null : Math.min(1, wanted / s.window[i]);
  });
}

function drawCursor(g, ui, box, top, bottom) {
  for (const [seconds, color] of [[ui.hover, ui.colors.soft], [ui.playhead, ui.colors.cursor]]) {
    if (seconds === null) continue;
    const x = box.x(seconds);
    if (x >= box.left && x <= box.right) line(g, color, x, top, x, bottom);
  }
}
