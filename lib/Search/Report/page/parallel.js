// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parallel coordinates: a line per trial through its choices and objectives.

/** So many faint lines; more only make the picture grey. */
const mostLines = 3000;
/** Pixels between axes; a wide space is scrolled. */
const leastSpace = 104;

function parallelPlot() {
  const plot = byId("parallel-plot");
  const height = 400, top = 46, bottom = height - 16;
  const axes = [];
  study.knobs.forEach((knob, k) => {
    if (knob.choices.length < 2) return;
    const many = knob.choices.length;
    const [layer, ...rest] = knob.name.split("/");
    axes.push({
      titles: rest.length ? [layer, rest.filter((p) => p !== "config").join("/")] : ["", layer],
      of: (i) => (trials.points[k][i] < 0 ? null : (trials.points[k][i] + 0.5) / many),
      ticks: knob.choices.map((c, n) => [(n + 0.5) / many, c]),
      fan: Math.min(40, (0.4 * (bottom - top)) / many),
    });
  });
  for (const m of objectives) {
    const values = trials.metrics[m];
    const [low, high] = rangeOf(values, 0.03);
    axes.push({
      titles: [study.metrics[m].unit, study.metrics[m].name + arrowOf(study.metrics[m])],
      of: (i) => (values[i] === null ? null : shareOf(values[i], low, high)),
      ticks: ticksOf(low, high, 6).map((t) => [shareOf(t, low, high), text(t)]),
      fan: 0,
    });
  }
  const complete = trials.number.map((_, i) => i).filter((i) => !shrunk.has(i) && objectives.every((m) => trials.metrics[m][i] !== null));
  if (complete.length < 2 || axes.length < 2) return;
  const hasObjectives = new Set(complete);
  byId("parallel").hidden = false;

  const frontOnly = byId("parallel-front"), clear = byId("parallel-clear");
  const brushes = new Map(); // axis to [low, high]
  let canvas, context, width, places;

  const at = (share) => bottom - share * (bottom - top);
  const passes = (i) => [...brushes].every(([a, [low, high]]) => {
    const share = axes[a].of(i);
    return share !== null && share >= low && share <= high;
  });

  function lines() {
    context.clearRect(0, 0, width, height);
    const kept = complete.filter(passes);
    const stride = Math.max(1, Math.ceil(kept.length / mostLines));
    const paint = (i) => {
      context.beginPath();
      let open = false;
      axes.forEach((axis, a) => {
        const share = axis.of(i);
        if (share === null) return (open = false);
        // Choices fan out, or all lines would share a few points.
        const y = at(share) + axis.fan * (((trials.number[i] * 0.618034) % 1) - 0.5);
        if (open) context.lineTo(places[a], y);
        else context.moveTo(places[a], y);
        open = true;
      });
      context.stroke();
    };
    if (!frontOnly.checked) {
      context.strokeStyle = colour(brushes.size ? "--picked" : "--dot");
      context.globalAlpha = Math.min(0.5, 60 / Math.min(kept.length, mostLines) + 0.03);
      context.lineWidth = 1;
      for (let n = 0; n < kept.length; n += stride) if (!isFront.has(kept[n])) paint(kept[n]);
    }
    context.strokeStyle = colour("--front");
    context.globalAlpha = 0.85;
    context.lineWidth = 1.6;
    const members = study.front.filter((i) => hasObjectives.has(i) && passes(i));
    members.forEach(paint);
    clear.hidden = !brushes.size;
    byId("parallel-count").textContent = brushes.size ? `${text(kept.length)} of ${text(complete.length)} trials, ${members.length} of the front` : "";
  }

  function draw() {
    width = Math.max(plot.parentNode.clientWidth, axes.length * leastSpace);
    plot.style.width = width + "px";
    [canvas, context] = canvasOf(width, height);
    const margin = 66;
    const space = (width - 2 * margin) / (axes.length - 1);
    places = axes.map((_, a) => margin + a * space);
    const svg = makeSvg("svg", { height, role: "img", "aria-label": "parallel coordinates of all trials" });
    svg.style.height = height + "px";
    axes.forEach((axis, a) => {
      const x = Math.round(places[a]) + 0.5;
      // The page's edge cuts what is wider at the outer axes.
      const room = a === 0 || a === axes.length - 1 ? Math.min(space, 2 * margin) : space;
      svg.append(makeSvg("line", { class: "axis", x1: x, x2: x, y1: top, y2: bottom }));
      axis.titles.forEach((title, n) => svg.append(makeSvg("text", { class: n ? "title" : "", x, y: 14 + 16 * n, "text-anchor": "middle" }, clipped(title, room))));
      for (const [share, label] of axis.ticks)
        svg.append(makeSvg("text", { class: "halo", x: x + 6, y: at(share) + 4 }, clipped(label, space)));
      const brush = makeSvg("rect", { class: "brush", x: x - 8, width: 16, visibility: "hidden" });
      const grip = makeSvg("rect", { class: "grip", x: x - 16, width: 32, y: top, height: bottom - top });
      grip.append(makeSvg("title", null, axis.titles.filter(Boolean).join("/")));
      const show = () => {
        const range = brushes.get(a);
        brush.setAttribute("visibility", range ? "visible" : "hidden");
        if (!range) return;
        brush.setAttribute("y", at(range[1]));
        brush.setAttribute("height", at(range[0]) - at(range[1]));
      };
      const placeOf = (event) => Math.max(0, Math.min(1, (bottom - (event.clientY - plot.getBoundingClientRect().top)) / (bottom - top)));
      let start = null;
      grip.addEventListener("pointerdown", (event) => {
        grip.setPointerCapture(event.pointerId);
        start = placeOf(event);
        brushes.delete(a);
        show();
        lines();
      });
      grip.addEventListener("pointermove", (event) => {
        if (start === null) return;
        const end = placeOf(event);
        if (Math.abs(end - start) < 0.01) return;
        brushes.set(a, [Math.min(start, end), Math.max(start, end)]);
        show();
        lines();
      });
      for (const end of ["pointerup", "pointercancel"]) grip.addEventListener(end, () => (start = null));
      svg.append(brush, grip);
      show();
    });
    plot.replaceChildren(canvas, svg);
    lines();
  }
  const clipped = (label, space) => {
    const most = Math.floor(space / 6.4);
    return label.length > most ? label.slice(0, most - 1) + "…" : label;
  };
  frontOnly.addEventListener("change", lines);
  clear.addEventListener("click", () => {
    brushes.clear();
    draw();
  });
  redraws.push(draw);
  draw();
  new ResizeObserver(() => {
    if (Math.max(plot.parentNode.clientWidth, axes.length * leastSpace) !== width) draw();
  }).observe(plot.parentNode);
}
