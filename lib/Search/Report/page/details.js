// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One trial in words: its metrics and what it sets in each layer.

/** The choice of knob `k` in trial `i`, or what it is for one of the keys that the knob sets; null where the knob does not exist. */
function choiceOf(i, k, part) {
  const place = trials.points[k][i];
  if (place < 0) return null;
  return part === undefined ? study.knobs[k].choices[place] : study.knobs[k].parts[place][part];
}

/** Whether a setting of study.config says anything: a number is a knob's. */
function isWorthShowing(value, brief) {
  if (typeof value !== "number") return !brief && value !== null;
  const { choices } = study.knobs[value];
  return choices.length > 1 || (!brief && choices[0] !== "null");
}

/** Layers by settings of trial `i`; in brief, only what differs by trial. */
function layerTable(i, brief) {
  const columns = [];
  for (const layer of study.config)
    for (const [name, value] of layer.settings)
      if (isWorthShowing(value, brief) && !columns.includes(name)) columns.push(name);
  const body = make("tbody");
  for (const layer of study.config) {
    const row = make("tr", null, make("td", { class: "name" }, layer.name));
    for (const column of columns) {
      const setting = layer.settings.find(([name]) => name === column);
      let shown = "";
      if (setting) shown = typeof setting[1] === "number" ? choiceOf(i, setting[1], setting[2]) : setting[1];
      row.append(make("td", null, shown === null ? "–" : shown));
    }
    body.append(row);
  }
  const head = make("tr", null, make("th", { scope: "col" }, "layer"));
  for (const column of columns) head.append(make("th", { scope: "col" }, column));
  return make("table", { class: "layers" }, make("thead", null, head), body);
}

function trialName(i) {
  const kind = isFront.has(i) ? ", on the front" : isFeasible(i) ? "" : ", breaks a constraint";
  const origin = shrunk.has(i) ? `, shrunk from trial ${shrunk.get(i).from} to ${text(shrunk.get(i).budget)}` : "";
  return "Trial " + trials.number[i] + origin + kind;
}

/** A box beside a point of a plot. */
class Tooltip {
  constructor(plot) {
    this.plot = plot;
    this.box = make("div", { class: "tooltip", role: "status" });
    this.box.hidden = true;
  }

  show(x, y, ...children) {
    this.box.replaceChildren(...children);
    this.box.hidden = false;
    if (this.box.parentNode !== this.plot) this.plot.append(this.box);
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const most = this.plot.clientWidth - width;
    let left = x + 16;
    if (left > most) left = x - 16 - width;
    this.box.style.left = Math.max(0, Math.min(left, most)) + "px";
    const top = Math.min(y + 12, this.plot.clientHeight - height);
    this.box.style.top = Math.max(-40, top) + "px";
  }

  hide() {
    this.box.hidden = true;
  }
}

function trialDetails(i) {
  const lines = study.metrics.map((metric, m) => make("tr", null, make("td", null, metric.name), make("td", { class: "number" }, withUnit(trials.metrics[m][i], metric.unit))));
  return [make("strong", null, trialName(i)), make("table", null, ...lines), layerTable(i, true)];
}
