// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Importances, sensitivities, the front's members and what failed.
function headOf(...names) {
  return make("thead", null, make("tr", null, ...names.map((name) => make("th", { scope: "col" }, name))));
}

/** Without the "config" that all knobs of MASE's have. */
const shortName = (name) => name.replace("/config/", " / ");

function importanceTable() {
  const { overall, perObjective, numTrials, numTop } = study.importances;
  if (!overall.some((share) => share > 0) && !perObjective.some((shares) => shares.some((share) => share > 0))) return;
  byId("importance").hidden = false;
  const order = overall.map((_, k) => k).filter((k) => study.knobs[k].choices.length > 1);
  order.sort((a, b) => overall[b] - overall[a] || a - b);
  const names = perObjective.length > 1 ? objectives.map((m) => study.metrics[m].name) : [];
  const columns = [overall, ...(names.length ? perObjective : [])];
  const most = Math.max(...columns.flat());
  const body = make("tbody");
  for (const k of order)
    body.append(make("tr", { class: "knob" }, make("td", { class: "name", title: study.knobs[k].name }, shortName(study.knobs[k].name)), ...columns.map((shares) => shareCell(shares[k] / most, percent(shares[k])))));
  const table = make("table", null, headOf("knob", "overall", ...names), body);
  const rows = () => [...body.rows];
  const places = new Map(rows().map((row, n) => [row, order[n]]));
  [...table.tHead.rows[0].cells].forEach((head, c) => { if (c) head.dataset.first = "down"; });
  makeSortable(table, (row, column) => (column ? columns[column - 1][places.get(row)] : study.knobs[places.get(row)].name), rows);
  byId("importance-table").append(table);
  byId("importance-note").textContent =
    `PED-ANOVA: how differently a knob is set in the best tenth (${numTop} of ${text(numTrials)} trials), as shares of 1.` +
    (names.length ? " Overall: best by the front; the others: by one objective alone." : "") +
    (numTop < 5 ? " Fewer than five good trials say little." : "");
}

function sensitivityTable() {
  const layers = study.sensitivity;
  if (!layers.some((layer) => layer.pairs > 0)) return;
  byId("sensitivity").hidden = false;
  const most = objectives.map((_, o) => Math.max(...layers.map((layer) => layer.change[o] || 0)));
  const body = make("tbody");
  for (const layer of layers)
    body.append(make("tr", { class: "layer" }, make("td", { class: "name" }, layer.name), ...objectives.map((_, o) => shareCell(most[o] ? layer.change[o] / most[o] : 0, text(layer.change[o]))), make("td", { class: "number" }, text(layer.pairs))));
  const table = make("table", null, headOf("layer", ...objectives.map((m) => titleOf(study.metrics[m])), "pairs"), body);
  table.tHead.rows[0].lastChild.className = "number";
  const rows = [...body.rows], places = new Map(rows.map((row, n) => [row, n]));
  [...table.tHead.rows[0].cells].forEach((head, c) => { if (c) head.dataset.first = "down"; });
  makeSortable(table, (row, column) => {
    const layer = layers[places.get(row)];
    if (column === 0) return layer.name;
    return column <= objectives.length ? layer.change[column - 1] : layer.pairs;
  }, () => [...body.rows]);
  byId("sensitivity-table").append(table);
}

function failuresTable() {
  if (!study.failures.length) return;
  byId("failures").hidden = false;
  const body = make("tbody");
  for (const { reason, count, first, state } of study.failures)
    body.append(make("tr", null, make("td", { class: "name" }, reason), make("td", null, state), make("td", { class: "number" }, text(count)), make("td", { class: "number" }, text(first))));
  const table = make("table", null, headOf("reason", "state", "trials", "first"), body);
  for (const c of [2, 3]) table.tHead.rows[0].cells[c].className = "number";
  byId("failures-table").append(table);
}

/** Rows are in the page already; here they can be opened and sorted. */
function frontTable() {
  const table = byId("front-table"), body = table.tBodies[0];
  const rows = [...body.rows], numbers = new Map();
  rows.forEach((row, n) => {
    const i = study.front[n], cell = row.cells[0];
    numbers.set(row, n);
    row.classList.add("row");
    const button = make("button", { type: "button", "aria-expanded": "false" }, ...cell.childNodes);
    cell.className = "open";
    cell.replaceChildren(button);
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!open));
      if (open) row.nextElementSibling.remove();
      else row.after(detailsRow(i, n, row.cells.length));
    });
    row.addEventListener("pointerenter", () => pickTrial(i));
    row.addEventListener("pointerleave", () => pickTrial(null));
    button.addEventListener("focus", () => pickTrial(i));
    button.addEventListener("blur", () => pickTrial(null));
  });
  [...table.tHead.rows[0].cells].forEach((head) => {
    const metric = study.metrics[head.dataset.metric];
    if (metric && metric.better === "larger") head.dataset.first = "down";
  });
  const valueOf = (row, column) => {
    const i = study.front[numbers.get(row)];
    return column === 0 ? trials.number[i] : trials.metrics[table.tHead.rows[0].cells[column].dataset.metric][i];
  };
  makeSortable(table, valueOf, () => [...body.rows].filter((row) => numbers.has(row)));
  return (i) => rows.forEach((row, n) => row.classList.toggle("picked", i !== null && study.front[n] === i));
}

function detailsRow(i, n, width) {
  const cell = make("td", { colspan: width }, layerTable(i, false));
  const command = study.commands[n];
  if (command) {
    const copy = make("button", { type: "button" }, "copy");
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(command);
        copy.textContent = "copied";
      } catch {
        getSelection().selectAllChildren(cell.querySelector("pre"));
      }
    });
    cell.append(make("div", { class: "command" }, make("pre", null, command), copy));
  }
  return make("tr", { class: "details" }, cell);
}
