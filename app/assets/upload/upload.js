// Uploads one file as a raw request body, with progress. No library; only this origin is contacted.

const boxes = new WeakMap(); // mounted element -> its Box, so that a redraw does not interrupt an upload

export default function ({ parentElement, data, setStateValue }) {
  const box = boxes.get(parentElement) ?? new Box(parentElement);
  boxes.set(parentElement, box);
  box.settings = data;
  box.tell = setStateValue;
  box.draw();
  box.start(box.file.files[0]); // chosen before this script was loaded
  return () => {
    box.request?.abort();
    boxes.delete(parentElement);
  };
}

class Box {
  constructor(root) {
    for (const name of ["zone", "file", "pick", "limit", "going", "bar", "figures", "cancel", "said", "again"])
      this[name] = root.querySelector("." + name);
    this.pick.onclick = () => this.file.click();
    this.file.onchange = () => this.start(this.file.files[0]);
    this.cancel.onclick = () => this.request.abort();
    this.again.onclick = () => this.start(this.chosen);
    this.zone.ondragover = (event) => {
      event.preventDefault();
      this.zone.classList.add("over");
    };
    this.zone.ondragleave = () => this.zone.classList.remove("over");
    this.zone.ondrop = (event) => {
      event.preventDefault();
      this.zone.classList.remove("over");
      if (event.dataTransfer.files.length > 1) this.say("One file at a time: zip several files first.", "failed");
      else this.start(event.dataTransfer.files[0]);
    };
    this.stay = (event) => event.preventDefault(); // the browser asks before leaving during an upload
  }

  draw() {
    const { limit_bytes, limit_text, kinds, suffixes, uploaded } = this.settings;
    this.limit.textContent = `Up to ${limit_text}. ${kinds}`;
    this.file.accept = suffixes.join(",");
    this.limit_bytes = limit_bytes;
    if (this.request || this.failed) return;
    if (uploaded) this.say(`${uploaded.name} is uploaded (${size(uploaded.bytes)}).`, "done");
    else if (this.said.dataset.how === "done") this.say(""); // it was removed
  }

  start(file) {
    if (!file || this.request) return;
    this.chosen = file;
    this.file.value = "";
    if (file.size > this.limit_bytes)
      return this.say(`${file.name} has ${size(file.size)}; the limit is ${this.settings.limit_text}.`, "failed");
    if (!file.size) return this.say(`${file.name} is empty.`, "failed");
    const request = (this.request = new XMLHttpRequest());
    const pace = new Pace();
    this.failed = false;
    this.sent = 0;
    request.upload.onprogress = ({ loaded }) => {
      this.sent = loaded;
      this.bar.value = loaded / file.size;
      this.figures.textContent = pace.words(loaded, file.size);
    };
    request.onload = () => this.answered(request, file);
    request.onerror = () => this.broken("Connection lost", file);
    request.onabort = () => this.broken("Cancelled", file);
    request.open("POST", `/api/datasets/uploads?filename=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    this.say("");
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", `Uploading ${file.name}`);
    this.figures.textContent = `Uploading ${file.name}`;
    this.busy(true);
    request.send(file);
  }

  answered(request, file) {
    this.busy(false);
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      answer = { error: { message: `The studio answered ${request.status}.`, remedy: "Try again." } };
    }
    if (request.status === 201) {
      this.say(`${file.name} is uploaded (${size(answer.bytes)}).`, "done");
      this.tell("uploaded", { id: answer.id, bytes: answer.bytes, name: file.name });
    } else {
      this.failed = true;
      const { message = `The studio answered ${request.status}.`, remedy = "" } = answer.error ?? {};
      this.say(`${message} ${remedy} Nothing was kept.`, "failed");
    }
  }

  broken(how, file) {
    this.busy(false);
    this.failed = true;
    this.say(`${how} after ${size(this.sent)} of ${size(file.size)}. Nothing was kept.`, "failed");
    this.again.hidden = false;
    this.again.focus();
  }

  busy(on) {
    if (!on) this.request = null;
    this.going.hidden = !on;
    this.pick.disabled = on;
    if (on) addEventListener("beforeunload", this.stay);
    else removeEventListener("beforeunload", this.stay);
    if (on) this.cancel.focus();
    else this.pick.focus();
  }

  say(words, how = "") {
    this.said.textContent = words;
    this.said.dataset.how = how;
    this.again.hidden = true;
  }
}

// The speed over the last seconds, not since the start: the time left depends on it.
class Pace {
  seen = [];

  words(loaded, total) {
    const now = performance.now() / 1000;
    this.seen.push([now, loaded]);
    while (this.seen.length > 2 && now - this.seen[0][0] > 5) this.seen.shift();
    const [since, before] = this.seen[0];
    const done = `${size(loaded)} of ${size(total)}`;
    if (loaded >= total) return `${done} sent; saving it`;
    if (now - since < 0.5) return done;
    const speed = (loaded - before) / (now - since);
    return `${done} · ${size(speed)}/s` + (speed > 0 ? ` · ${span((total - loaded) / speed)} left` : "");
  }
}

function size(bytes) {
  for (const [unit, factor] of [["GB", 1e9], ["MB", 1e6], ["KB", 1e3]])
    if (bytes >= factor) return `${Number((bytes / factor).toPrecision(3))} ${unit}`;
  return `${Math.round(bytes)} B`;
}

function span(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
