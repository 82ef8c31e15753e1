"use strict";
// One tile a user. Text of others goes into textContent only. What a browser cannot decode is said on its tile.

const MOST_MESSAGES = 200;
const LEAD_S = 0.08;
const FAR_S = 0.5;
const FLOOR_DB = -60;
const tiles = new Map();
const byId = (id) => document.getElementById(id);
let speaker = null;

class Tile {
  constructor(user) {
    this.user = user;
    this.decoder = null;
    this.codec = "";
    this.pictures = 0;
    this.frames = 0;
    this.nextS = 0;
    this.fault = "";
    this.figure = document.createElement("figure");
    this.figure.className = "tile";
    this.canvas = document.createElement("canvas");
    this.canvas.width = 640;
    this.canvas.height = 360;
    this.name = document.createElement("strong");
    this.name.textContent = user;
    this.bar = document.createElement("i");
    const meter = document.createElement("span");
    meter.className = "meter";
    meter.append(this.bar);
    this.text = document.createElement("small");
    this.text.textContent = "no track";
    const caption = document.createElement("figcaption");
    caption.append(this.name, meter, this.text);
    this.figure.append(this.canvas, caption);
    byId("tiles").append(this.figure);
  }

  picture(head, data) {
    if (head.codec === "jpeg") {
      createImageBitmap(new Blob([data], { type: "image/jpeg" })).then((image) => this.show(image), () => {});
    } else if (["i420", "nv12", "rgba"].includes(head.codec)) {
      const layout = { format: head.codec.toUpperCase(), codedWidth: head.width, codedHeight: head.height };
      this.show(new VideoFrame(data, { ...layout, timestamp: head.at }));
    } else {
      this.decode(head, data);
    }
  }

  decode(head, data) {
    const codec = head.key ? codecOf(head.codec, data) : this.codec;
    if (!codec || (this.decoder === null && !head.key)) {
      return;
    }
    if (codec !== this.codec || this.decoder === null || this.decoder.state === "closed") {
      if (!head.key) {
        return;
      }
      this.begin(codec);
    }
    try {
      this.decoder.decode(new EncodedVideoChunk({ type: head.key ? "key" : "delta", timestamp: head.at, data }));
    } catch (error) {
      this.fail(error);
    }
  }

  begin(codec) {
    if (this.decoder !== null && this.decoder.state !== "closed") {
      this.decoder.close();
    }
    this.codec = codec;
    this.fault = "";
    this.decoder = new VideoDecoder({ output: (frame) => this.show(frame), error: (error) => this.fail(error) });
    this.decoder.configure({ codec, optimizeForLatency: true });
  }

  fail(error) {
    this.fault = `this browser does not decode ${this.codec}: ${error.message}`;
    this.decoder = null;
  }

  show(image) {
    const width = image.displayWidth || image.width;
    const height = image.displayHeight || image.height;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.canvas.getContext("2d").drawImage(image, 0, 0);
    image.close();
    this.pictures += 1;
  }

  sound(head, data) {
    this.frames += 1;
    const samples = new Int16Array(data);
    this.level(samples);
    if (speaker === null || speaker.state !== "running" || samples.length === 0) {
      return;
    }
    const buffer = speaker.createBuffer(head.channels, samples.length / head.channels, head.rate);
    for (let channel = 0; channel < head.channels; channel += 1) {
      const plane = buffer.getChannelData(channel);
      for (let at = 0; at < plane.length; at += 1) {
        plane[at] = samples[at * head.channels + channel] / 32768;
      }
    }
    const nowS = speaker.currentTime;
    if (this.nextS < nowS || this.nextS > nowS + FAR_S) {
      this.nextS = nowS + LEAD_S;
    }
    const source = speaker.createBufferSource();
    source.buffer = buffer;
    source.connect(speaker.destination);
    source.start(this.nextS);
    this.nextS += buffer.duration;
  }

  level(samples) {
    let square = 0;
    for (const sample of samples) {
      square += sample * sample;
    }
    const decibel = 10 * Math.log10(square / Math.max(1, samples.length) / 2 ** 30 + 1e-12);
    this.bar.style.width = `${Math.max(0, Math.min(100, 100 * (1 - decibel / FLOOR_DB)))}%`;
  }

  figures(user) {
    this.figure.classList.toggle("talking", user.talking === true);
    const parts = ["audio", "video"].filter((kind) => user[kind]).map((kind) => figuresOf(user[kind]));
    this.text.textContent = [this.fault, ...parts].filter(Boolean).join(" | ") || "no track";
    if (!user.audio || user.audio.quietSeconds > 1) {
      this.bar.style.width = "0";
    }
  }

  close() {
    if (this.decoder !== null && this.decoder.state !== "closed") {
      this.decoder.close();
    }
    this.figure.remove();
  }
}

function figuresOf(track) {
  const parts = [track.format, `${Math.round(track.bitrate / 1000)} kb/s`];
  if (track.fps) {
    parts.push(`${track.fps.toFixed(1)} fps`);
  }
  if (track.loss) {
    parts.push(`${(100 * track.loss).toFixed(1)} % lost`);
  }
  if (track.muted) {
    parts.push("muted");
  }
  if (track.quietSeconds >= 2) {
    parts.push(`no media for ${Math.floor(track.quietSeconds)} s`);
  }
  return parts.join(", ");
}

// WebCodecs wants profile and level: H264 says them in the three bytes after the start of its SPS.
function codecOf(name, data) {
  if (name === "h264") {
    const bytes = new Uint8Array(data);
    for (let at = 0; at + 6 < bytes.length; at += 1) {
      if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1 && (bytes[at + 3] & 31) === 7) {
        const hex = [4, 5, 6].map((offset) => bytes[at + offset].toString(16).padStart(2, "0"));
        return `avc1.${hex.join("")}`;
      }
    }
    return "";
  }
  return { h265: "hev1.1.6.L120.B0", vp8: "vp8", vp9: "vp09.00.41.08", av1: "av01.0.08M.08" }[name] || "";
}

function tile(user) {
  if (!tiles.has(user)) {
    tiles.set(user, new Tile(user));
    byId("empty").hidden = true;
  }
  return tiles.get(user);
}

function drop(user) {
  if (tiles.has(user)) {
    tiles.get(user).close();
    tiles.delete(user);
  }
  byId("empty").hidden = tiles.size > 0;
}

function stats(found) {
  byId("channel").textContent = found.channelId;
  byId("state").textContent = `${found.users.length} ${found.users.length === 1 ? "user" : "users"}, ${Math.floor(found.seconds)} s`;
  for (const user of found.users) {
    tile(user.userId).figures(user);
  }
  const here = new Set(found.users.map((user) => user.userId));
  [...tiles.keys()].filter((user) => !here.has(user)).forEach(drop);
}

function message(found) {
  const line = document.createElement("li");
  const name = document.createElement("b");
  name.textContent = found.user;
  line.append(name, found.text);
  const list = byId("messages");
  list.append(line);
  while (list.children.length > MOST_MESSAGES) {
    list.firstChild.remove();
  }
  line.scrollIntoView({ block: "nearest" });
}

function take(event) {
  if (typeof event.data === "string") {
    const found = JSON.parse(event.data);
    if (found.kind === "stats") {
      stats(found);
    } else if (found.kind === "message") {
      message(found);
    } else if (found.kind === "left") {
      drop(found.user);
    } else {
      tile(found.user);
    }
    return;
  }
  const length = new DataView(event.data).getUint16(0);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(event.data, 2, length)));
  const data = event.data.slice(2 + length);
  if (head.kind === "pcm") {
    tile(head.user).sound(head, data);
  } else {
    tile(head.user).picture(head, data);
  }
}

function start() {
  const media = new WebSocket(new URL("media", location.href.replace(/^http/, "ws")));
  media.binaryType = "arraybuffer";
  media.onmessage = take;
  media.onopen = () => {
    byId("state").textContent = "connected";
  };
  media.onclose = () => {
    byId("state").textContent = "agora view has ended";
    [...tiles.keys()].forEach(drop);
  };
  byId("sound").onclick = async () => {
    // Asked before one is made: a new one may say "running" at once.
    const on = speaker === null || speaker.state !== "running";
    speaker = speaker || new AudioContext();
    await (on ? speaker.resume() : speaker.suspend());
    byId("sound").textContent = on ? "Sound off" : "Sound on";
    byId("sound").setAttribute("aria-pressed", String(on));
  };
}

start();
