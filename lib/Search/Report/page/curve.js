// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the front grew: hypervolume over trials, or the best value of one.
function curvePlot() {
  const { steps, reference, complete } = study.curve;
  if (!steps.length) return;
  byId("curve").hidden = false;
  const single = study.numValues === 1;
  const name = single ? "best " + study.values[0].name : "hypervolume";
  const unit = single ? study.values[0].unit : "";
  if (single) byId("curve-heading").textContent = "Best value over trials";
  const label = (value) => (single ? withUnit(value, unit) : percent(value));
  const points = steps;
  const last = Math.max(study.lastTrial, points[points.length - 1][0]);
  byId("curve-note").textContent =
    (single ? "The best value that a trial has had so far." : `Share of the box between the worst value of each objective (${study.values.map((v, i) => `${v.name} ${withUnit(reference[i], v.unit)}`).join(", ")}) and the best that the front covers.`) +
    (complete ? "" : " The front grew too large for exact volumes; the curve ends there.");

  const plot = byId("curve-plot"), log = byId("curve-log"), tooltip = new Tooltip(plot);
  function draw() {
    const width = plot.clientWidth, height = innerWidth > 760 ? 380 : 300;
    const frame = { left: 66, right: width - 12, top: 10, bottom: height - 48 };
    const place = (trial) => (log.checked ? Math.log10(trial + 1) : trial);
    const [from, to] = [0, place(last) || 1];
    const x = {
      at: (trial) => frame.left + ((place(trial) - from) / (to - from)) * (frame.right - frame.left),
      ticks: log.checked ? decades(last) : ticksOf(0, last || 1, Math.max(3, Math.round(width / 90))).filter(Number.isInteger),
      title: "trial number",
    };
    const [low, high] = rangeOf(points.map((p) => p[1]), 0.05);
    const y = {
      at: (value) => frame.bottom - shareOf(value, low, high) * (frame.bottom - frame.top),
      ticks: ticksOf(low, high, 5),
      text: single ? text : (value) => Number((100 * value).toPrecision(6)) + " %",
      title: name + (unit ? ` (${unit})` : ""),
    };
    const svg = makeSvg("svg", { height, role: "img", "aria-label": `${name} over trials: ${label(points[points.length - 1][1])} at the end` });
    svg.style.height = height + "px";
    drawAxes(svg, frame, x, y);
    let path = "";
    for (const [trial, value] of points)
      path += path ? `H${x.at(trial).toFixed(1)}V${y.at(value).toFixed(1)}` : `M${x.at(trial).toFixed(1)} ${y.at(value).toFixed(1)}`;
    if (complete) path += `H${x.at(last).toFixed(1)}`;
    svg.append(makeSvg("path", { class: "frontline", d: path }));
    const guide = makeSvg("line", { class: "guide", y1: frame.top, y2: frame.bottom, visibility: "hidden" });
    svg.append(guide);
    svg.addEventListener("pointermove", (event) => {
      const at = (event.clientX - plot.getBoundingClientRect().left - frame.left) / (frame.right - frame.left);
      if (at < 0 || at > 1) return;
      const p = from + at * (to - from);
      const trial = Math.round(log.checked ? 10 ** p - 1 : p);
      const step = points.findLast(([t]) => t <= trial);
      if (!step) return;
      guide.setAttribute("visibility", "visible");
      guide.setAttribute("x1", x.at(trial));
      guide.setAttribute("x2", x.at(trial));
      tooltip.show(x.at(trial), y.at(step[1]), make("strong", null, `${label(step[1])} after trial ${trial}`), `since trial ${step[0]}`);
    });
    svg.addEventListener("pointerleave", () => {
      guide.setAttribute("visibility", "hidden");
      tooltip.hide();
    });
    plot.replaceChildren(svg);
  }
  function decades(most) {
    const ticks = [0];
    for (let t = 10; t <= most; t *= 10) ticks.push(t);
    return ticks;
  }
  log.addEventListener("change", draw);
  keepDrawn(plot, draw);
}
