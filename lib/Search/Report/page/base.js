// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all parts of the page use. Text from the study only ever becomes text
// nodes and attributes, never markup.
const study = JSON.parse(document.getElementById("study").textContent);
const run = JSON.parse(document.getElementById("run").textContent);
const trials = study.trials;
const byId = (id) => document.getElementById(id);

/** A thing with attributes and children: make("p", {class: "note"}, "text"). */
function make(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function makeSvg(name, attributes, ...children) {
  const space = "http://www.w3.org/2000/svg";
  return fill(document.createElementNS(space, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {}))
    element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A number for reading: six digits, no needless zeros. */
function text(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(3).replace("-", "−").replace("e+", "e");
  const digits = Number.isInteger(value) ? 0 : Math.max(0, 5 - Math.floor(Math.log10(size)));
  return value.toLocaleString("en", { maximumFractionDigits: Math.min(digits, 8) }).replace("-", "−");
}

const percent = (share) => (100 * share).toFixed(1) + " %";

/** The same with a unit. */
const withUnit = (value, unit) => text(value) + (unit && value !== null ? " " + unit : "");

/** A metric as an axis or a heading names it: "average_bitwidth (bits)". */
const titleOf = (metric) => metric.name + (metric.unit ? ` (${metric.unit})` : "");

/** Multiples of 1, 2 or 5 times a power of ten in [low, high]. */
function ticksOf(low, high, count) {
  // Halves and parts: the difference of two finite numbers may be none.
  const least = high / count - low / count;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([1, 2, 5, 10].find((m) => power * m >= least) || 10);
  const ticks = [];
  for (let i = Math.ceil(low / step); i <= Math.floor(high / step + 1e-9); ++i)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** The range of `values` (nulls left out) with a little air. */
function rangeOf(values, air) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  const half = high / 2 - low / 2 || Math.abs(low) / 2 || 0.5;
  return [Math.max(low - air * 2 * half, -Number.MAX_VALUE), Math.min(high + air * 2 * half, Number.MAX_VALUE)];
}

/** How far `value` is on the way from `low` to `high`. */
const shareOf = (value, low, high) => (value / 2 - low / 2) / (high / 2 - low / 2);

/** What CSS makes of a variable, for canvases. */
function colour(name) {
  const probe = byId("facts");
  probe.style.color = `var(${name})`;
  const result = getComputedStyle(probe).color;
  probe.style.color = "";
  return result;
}

/** A canvas of `width` x `height` CSS pixels, ready to be drawn on. */
function canvasOf(width, height) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.width = width + "px";
  canvas.style.height = height + "px";
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  return [canvas, context];
}

/** Axes, ticks and titles of a plot as children of `svg`. */
function drawAxes(svg, frame, x, y) {
  const { left, right, top, bottom } = frame;
  for (const tick of x.ticks) {
    const at = Math.round(x.at(tick)) + 0.5;
    svg.append(
      makeSvg("line", { class: "grid", x1: at, x2: at, y1: top, y2: bottom }),
      makeSvg("text", { x: at, y: bottom + 18, "text-anchor": "middle" }, text(tick)));
  }
  for (const tick of y.ticks) {
    const at = Math.round(y.at(tick)) + 0.5;
    svg.append(
      makeSvg("line", { class: "grid", x1: left, x2: right, y1: at, y2: at }),
      makeSvg("text", { x: left - 8, y: at + 4, "text-anchor": "end" }, y.text ? y.text(tick) : text(tick)));
  }
  svg.append(
    makeSvg("path", { class: "axis", fill: "none", d: `M${left + 0.5} ${top}V${bottom + 0.5}H${right}` }),
    makeSvg("text", { class: "title", x: (left + right) / 2, y: bottom + 40, "text-anchor": "middle" }, x.title),
    makeSvg("text", { class: "title", transform: `translate(14 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, y.title));
}

/** Calls `draw` now, when the plot's width changes, and when the colours do. */
const redraws = [];
function keepDrawn(plot, draw) {
  let width = plot.clientWidth;
  redraws.push(draw);
  draw();
  new ResizeObserver(() => {
    if (plot.clientWidth !== width) {
      width = plot.clientWidth;
      draw();
    }
  }).observe(plot);
}

/** Lets the columns of a table be sorted; `value(row, column)` is the key. */
function makeSortable(table, value, rows) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (!head.textContent) return;
    const button = make("button", { type: "button" });
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending" ||
        (!head.hasAttribute("aria-sort") && head.dataset.first === "down");
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const order = rows().map((row, i) => [value(row, column), i, row]);
      order.sort(([a, i], [b, j]) => {
        if (a === null || b === null) return (a === null) - (b === null) || i - j;
        return (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1) || i - j;
      });
      for (const [, , row] of order) {
        const details = row.nextElementSibling;
        table.tBodies[0].append(row);
        if (details && details.classList.contains("details")) row.after(details);
      }
    });
  });
}

/** A cell with a bar of `share` of its width, and a number. */
function shareCell(share, label) {
  const bar = make("b");
  bar.style.width = 100 * (share || 0) + "%";
  return make("td", null, make("div", { class: "share" }, make("i", { "aria-hidden": "true" }, bar), make("span", null, label)));
}

const isFront = new Set(study.front);
/** Metrics that are objectives, in the order of the objectives. */
const objectives = study.metrics.map((m, i) => i).filter((i) => study.metrics[i].objective !== null);
objectives.sort((a, b) => study.metrics[a].objective - study.metrics[b].objective);
const arrowOf = (metric) => ({ larger: " ↑", smaller: " ↓" })[metric.better] || "";
/** Shrunk networks by position: what they were made of, and the budget. */
const shrunk = new Map();
/** The path that a trial is on. */
const pathOf = new Map();
for (const path of study.paths || []) {
  if (path.start !== null) pathOf.set(path.start, path);
  for (const [i, budget] of path.trials) {
    shrunk.set(i, { from: path.from, budget });
    pathOf.set(i, path);
  }
}
const isFeasible = (i) => trials.state[i] === "C";
