// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trials in the plane of two metrics, the front among them.

/** Marks a trial of the front in the scatter plot and in the table. */
let pickTrial = () => {};

function scatterPlot() {
  const plot = byId("scatter-plot");
  const shown = study.metrics.map((m, i) => i).filter((m) => trials.metrics[m].some((v) => v !== null));
  if (!trials.number.length || !shown.length) return;
  byId("scatter").hidden = false;
  const single = study.numValues === 1;
  if (single) byId("scatter-heading").textContent = "All trials";
  const options = [...shown.map((m) => [m, titleOf(study.metrics[m]) + arrowOf(study.metrics[m])]), [-1, "trial number"]];
  const selects = [byId("scatter-x"), byId("scatter-y")];
  for (const select of selects)
    for (const [value, name] of options) select.append(make("option", { value }, name));
  // The cost across, the quality up; one objective over the trials.
  const [first, second] = objectives;
  selects[0].value = second === undefined ? -1 : second;
  selects[1].value = first === undefined ? shown[0] : first;

  const zoom = byId("scatter-zoom");
  if (study.front.length < 2) zoom.parentNode.hidden = true;
  const tooltip = new Tooltip(plot);
  let places = [], dots = new Map(), lines = new Map(), cursor = null;

  function valuesOf(metric) {
    return metric < 0 ? trials.number : trials.metrics[metric];
  }

  /** What the search starts from; null where it isn't known or is a cost. */
  const baselineOf = (m) => (m < 0 || !study.baseline ? null : study.baseline.values[m] ?? null);
  const unitOf = (m) => (m < 0 ? "" : study.metrics[m].unit);

  function draw() {
    const width = plot.clientWidth, height = width < 560 ? 340 : 460;
    const frame = { left: 66, right: width - 12, top: 10, bottom: height - 48 };
    const metric = selects.map((s) => Number(s.value));
    const [xs, ys] = metric.map(valuesOf);
    const drawn = trials.number.map((_, i) => i).filter((i) => xs[i] !== null && ys[i] !== null);
    const framed = zoom.checked ? study.front : drawn;
    const axis = (values, m, from, to, count) => {
      const air = zoom.checked ? 0.08 : 0.04, start = baselineOf(m);
      let [low, high] = rangeOf(framed.map((i) => values[i]), air);
      // The baseline is in the picture where the trials still fill half of it.
      if (start !== null && !zoom.checked) {
        const wide = rangeOf([...framed.map((i) => values[i]), start], air);
        if (wide[1] / 2 - wide[0] / 2 <= high - low) [low, high] = wide;
      }
      return {
        holds: (v) => v !== null && v >= low && v <= high,
        at: (v) => from + shareOf(v, low, high) * (to - from),
        ticks: ticksOf(low, high, count),
        title: m < 0 ? "trial number" : titleOf(study.metrics[m]),
      };
    };
    const x = axis(xs, metric[0], frame.left, frame.right, Math.max(3, Math.round(width / 120)));
    const y = axis(ys, metric[1], frame.bottom, frame.top, 7);
    const svg = makeSvg("svg", { height, role: "group", "aria-label": `${y.title} against ${x.title}` });
    svg.style.height = height + "px";
    drawAxes(svg, frame, x, y);
    drawBaseline(svg, frame, metric, x, y);
    drawPaths(svg, frame, xs, ys, x, y);

    const [canvas, context] = canvasOf(width, height);
    context.beginPath();
    context.rect(frame.left, frame.top - 6, frame.right - frame.left + 6, frame.bottom - frame.top + 12);
    context.clip();
    places = [];
    const size = drawn.length > 3000 ? 1.6 : 2.4;
    for (const feasible of [false, true]) {
      context.fillStyle = context.strokeStyle = colour(feasible ? "--dot" : "--broken");
      context.globalAlpha = drawn.length > 3000 ? 0.4 : 0.55;
      for (const i of drawn) {
        if (isFeasible(i) !== feasible) continue;
        const px = x.at(xs[i]), py = y.at(ys[i]);
        places.push([px, py, i]);
        if (isFront.has(i)) continue;
        context.beginPath();
        if (feasible) {
          context.arc(px, py, size, 0, 7);
          context.fill();
        } else {
          context.moveTo(px - 2.5, py - 2.5);
          context.lineTo(px + 2.5, py + 2.5);
          context.moveTo(px + 2.5, py - 2.5);
          context.lineTo(px - 2.5, py + 2.5);
          context.stroke();
        }
      }
    }

    const front = study.front.filter((i) => xs[i] !== null && ys[i] !== null).sort((a, b) => xs[a] - xs[b] || ys[a] - ys[b]);
    if (study.numValues === 2 && metric.every((m) => objectives.includes(m)) && metric[0] !== metric[1])
      svg.append(makeSvg("path", { class: "frontline", d: stairs(front, metric, xs, ys, x, y) }));
    dots = new Map();
    for (const i of front) {
      const dot = makeSvg("circle", { class: "frontdot", cx: x.at(xs[i]).toFixed(1), cy: y.at(ys[i]).toFixed(1), r: 5, tabindex: 0, role: "img", "aria-label": `${trialName(i)}: ${nameOf(metric[0])} ${withUnit(xs[i], unitOf(metric[0]))}, ${nameOf(metric[1])} ${withUnit(ys[i], unitOf(metric[1]))}` });
      dot.addEventListener("focus", () => select(i));
      dot.addEventListener("blur", () => select(null));
      dots.set(i, dot);
      svg.append(dot);
    }
    cursor = makeSvg("circle", { class: "cursor", r: 7, visibility: "hidden" });
    svg.append(cursor);
    svg.addEventListener("pointermove", (event) => select(nearest(event)));
    svg.addEventListener("pointerdown", (event) => select(nearest(event)));
    svg.addEventListener("pointerleave", () => select(null));
    plot.replaceChildren(canvas, svg);
  }

  const nameOf = (m) => (m < 0 ? "trial number" : study.metrics[m].name);

  /** A dashed line for each axis that has it, with its standard error. */
  function drawBaseline(svg, frame, metric, x, y) {
    const { left, right, top, bottom } = frame;
    const parts = [];
    metric.forEach((m, n) => {
      const axis = n ? y : x, value = baselineOf(m);
      if (value === null || !axis.holds(value)) return;
      const at = axis.at(value).toFixed(1), error = study.baseline.errors[m] || 0;
      // Of a band that is wider than the picture, what is in it.
      const [low, high] = n ? [top, bottom] : [left, right];
      const [from, to] = [axis.at(value - error), axis.at(value + error)].sort((a, b) => a - b).map((end) => Math.min(Math.max(end, low), high));
      if (error)
        svg.append(makeSvg("rect", n ? { class: "baseband", x: left, width: right - left, y: from, height: to - from } : { class: "baseband", x: from, width: to - from, y: top, height: bottom - top }));
      svg.append(makeSvg("path", { class: "baseline", d: n ? `M${left} ${at}H${right}` : `M${at} ${top}V${bottom}` }));
      parts.push(`${study.metrics[m].name} ${text(value)}${error ? " ± " + Number(error.toPrecision(2)) : ""}${unitOf(m) ? " " + unitOf(m) : ""}`);
    });
    baselineKey.hidden = !parts.length;
    baselineKey.lastChild.textContent = "the network in float32: " + parts.join(", ");
  }

  /** A line for each network on its way to smaller ones. */
  function drawPaths(svg, frame, xs, ys, x, y) {
    lines = new Map();
    if (!study.paths) return;
    const { left, right, top, bottom } = frame;
    const group = makeSvg("g", { "clip-path": "url(#scatter-frame)" });
    svg.append(makeSvg("clipPath", { id: "scatter-frame" }, makeSvg("rect", { x: left, y: top - 6, width: right - left + 6, height: bottom - top + 12 })), group);
    for (const path of study.paths) {
      const way = [path.start, ...path.trials.map(([i]) => i)].filter((i) => i !== null && xs[i] !== null && ys[i] !== null);
      if (way.length < 2) continue;
      const line = makeSvg("path", { class: "shrunk", d: way.map((i, n) => `${n ? "L" : "M"}${x.at(xs[i]).toFixed(1)} ${y.at(ys[i]).toFixed(1)}`).join("") });
      lines.set(path, line);
      group.append(line);
    }
  }

  /** Steps where both are objectives: what a member dominates is a quadrant. */
  function stairs(front, metric, xs, ys, x, y) {
    const larger = metric.map((m) => study.metrics[m].better === "larger");
    let path = "";
    front.forEach((i, n) => {
      const px = x.at(xs[i]).toFixed(1), py = y.at(ys[i]).toFixed(1);
      // Beyond a member its own value holds until the next one is reached.
      path += n === 0 ? `M${px} ${py}` : larger[0] ? `V${py}H${px}` : `H${px}V${py}`;
    });
    return path;
  }

  function nearest(event) {
    const box = plot.getBoundingClientRect();
    const px = event.clientX - box.left, py = event.clientY - box.top;
    let best = null, least = 18 ** 2;
    for (const [x, y, i] of places) {
      // A member of the front is wanted more often than what lies beside it.
      const far = ((x - px) ** 2 + (y - py) ** 2) * (isFront.has(i) ? 0.3 : 1);
      if (far < least) {
        least = far;
        best = i;
      }
    }
    return best;
  }

  function select(i) {
    const place = i === null ? undefined : places.find((p) => p[2] === i);
    cursor.setAttribute("visibility", place ? "visible" : "hidden");
    pickTrial(place ? i : null);
    if (!place) return tooltip.hide();
    cursor.setAttribute("cx", place[0]);
    cursor.setAttribute("cy", place[1]);
    tooltip.show(place[0], place[1], ...trialDetails(i));
  }

  for (const control of [...selects, zoom]) control.addEventListener("change", draw);
  const key = (label, children) => make("span", null, makeSvg("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, children), label);
  const legend = byId("scatter-legend");
  legend.append(key(single ? "best trial" : `front (${study.front.length})`, makeSvg("circle", { cx: 7, cy: 7, r: 5, fill: "var(--front)" })));
  legend.append(key("trials", makeSvg("circle", { cx: 7, cy: 7, r: 2.4, fill: "var(--dot)" })));
  if (trials.state.includes("I"))
    legend.append(key("trials that break a constraint", makeSvg("path", { d: "M4 4L10 10M10 4L4 10", stroke: "var(--broken)" })));
  if (study.paths)
    legend.append(key(`networks on their way to smaller ones (${study.paths.length})`, makeSvg("path", { d: "M0 7H14", class: "shrunk picked" })));
  const baselineKey = key("", makeSvg("path", { d: "M0 7H14", class: "baseline" }));
  baselineKey.append("");
  baselineKey.hidden = true;
  legend.append(baselineKey);
  byId("scatter-note").textContent = single
    ? "Each dot is a trial; large, the best of them."
    : "Each dot is a trial" + (trials.state.includes("I") ? ", each cross one that breaks a constraint" : "") + ". No trial beats those of the front in every objective" + (study.numValues === 2 ? "; with both objectives as axes the line is what they reach." : ".");
  keepDrawn(plot, draw);
  return (i) => {
    for (const [trial, dot] of dots) dot.classList.toggle("picked", trial === i);
    for (const [path, line] of lines) line.classList.toggle("picked", i !== null && pathOf.get(i) === path);
  };
}
