"use strict";
/* The data of the page: base64 and deflate undone, and what can be asked of a frame. */

const FRAME_S = 0.01;
const TYPES = { state: Uint8Array, active: Uint8Array, far: Uint8Array, vop: Uint8Array, prob: Uint8Array,
  rms: Uint8Array, pitch: Uint16Array, threshold: Int16Array, counted: Uint16Array, window: Uint16Array,
  queued: Uint16Array, size: Uint16Array };
const STATES = ["silent", "start", "speaking", "stop"];

function bytesOf(base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/* Coarser and coarser copies of the (lowest, highest) pairs, each a quarter of the one before. */
function pyramid(pairs, samples) {
  const levels = [{ pairs, samples }];
  for (let last = levels[0]; last.pairs.length > 4096; last = levels[levels.length - 1]) {
    const count = Math.ceil(last.pairs.length / 8), coarse = new Int8Array(2 * count);
    for (let i = 0; i < count; i++) {
      let low = 127, high = -128;
      for (let j = 8 * i; j < Math.min(8 * i + 8, last.pairs.length); j += 2) {
        low = Math.min(low, last.pairs[j]);
        high = Math.max(high, last.pairs[j + 1]);
      }
      coarse[2 * i] = low;
      coarse[2 * i + 1] = high;
    }
    levels.push({ pairs: coarse, samples: last.samples * 4 });
  }
  return levels;
}

/* The peak that one column in 500 exceeds: a single click must not flatten all speech. */
function loudest(pairs) {
  const count = new Uint32Array(129);
  for (const value of pairs) count[Math.abs(value)]++;
  let above = 0, peak = 128;
  while (peak > 8 && (above += count[peak]) < pairs.length / 500) peak--;
  return peak;
}

/* Return the report with its arrays as bytes; where `deflated`, inflate() comes before prepare(). */
function read() {
  const report = JSON.parse(document.getElementById("data").textContent);
  for (const name in report.series) report.series[name] = bytesOf(report.series[name]);
  report.envelope.pairs = bytesOf(report.envelope.pairs);
  return report;
}

async function inflate(report) {
  for (const name in report.series) report.series[name] = await inflated(report.series[name]);
  report.envelope.pairs = await inflated(report.envelope.pairs);
}

function prepare(report) {
  for (const name in report.series) report.series[name] = new TYPES[name](report.series[name].buffer);
  const pairs = new Int8Array(report.envelope.pairs.buffer);
  report.levels = pyramid(pairs, report.envelope.samples);
  report.rate = report.envelope.rate;
  report.frames = report.series.state.length;
  report.loudest = loudest(pairs);
  const blob = new Blob([bytesOf(report.sound.base64)], { type: report.sound.type });
  report.soundUrl = URL.createObjectURL(blob);
  report.sound = null;
}

const isSpeaking = state => state >= 2;
const probThreshold = (report, frame) =>
  isSpeaking(report.series.state[frame]) ? report.config.stopVoiceProb : report.config.startVoiceProb;

/* Say why a frame was judged active or not, test by test. */
function judgement(report, frame) {
  const s = report.series, vop = s.vop[frame], rms = s.rms[frame], limit = s.threshold[frame];
  const loud = `rms ${rms} ${rms > limit ? "is" : "is not"} above ${limit}`;
  if (report.rules === "2.4") {
    return s.active[frame] ? (vop === 1 ? "voice flag is 1" : loud) : `voice flag is ${vop}, ${loud}`;
  }
  const prob = probThreshold(report, frame);
  const tests = [`vop ${vop} ${vop > prob ? "is" : "is not"} above ${prob}`, loud];
  if (report.rules === "2.1" && s.far[frame] !== 1) tests.unshift(`far is ${s.far[frame]}`);
  return s.active[frame] ? tests.join(", ") : tests.filter(test => test.includes("not") || test.startsWith("far")).join(", ");
}

function counted(report, frame) {
  const s = report.series, speaking = isSpeaking(s.state[frame]);
  const kind = speaking ? "inactive" : "active", wanted = report.trigger[speaking ? "stop" : "start"];
  const text = report.rules === "2.4" ? `${s.counted[frame]} ${kind} in a row` : `${s.counted[frame]} of ${s.window[frame]} ${kind}`;
  return `${text}, ${wanted === null ? "no number" : wanted} fires a ${speaking ? "stop" : "start"}`;
}

function segmentAt(report, seconds) {
  return report.segments.findIndex(segment => segment.startS <= seconds && seconds < segment.endS);
}
