// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Puts the page together.
function runFacts() {
  const facts = byId("facts");
  for (const [name, value] of run.facts)
    facts.append(make("div", null, make("dt", null, name), make("dd", null, value)));
}

/** As the system has it, light, dark; #light and #dark in the address too. */
function themeButton() {
  const button = byId("theme"), names = ["auto", "light", "dark"];
  const wanted = location.hash.slice(1);
  let theme = names.includes(wanted) ? wanted : "auto";
  const apply = () => {
    document.documentElement.style.colorScheme = theme === "auto" ? "light dark" : theme;
    button.textContent = { auto: "◐ auto", light: "☀ light", dark: "☾ dark" }[theme];
    button.setAttribute("aria-label", "colours: " + theme);
    for (const draw of redraws) draw();
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    theme = names[(names.indexOf(theme) + 1) % names.length];
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}

/** Says so where a table or a figure is wider than its place. */
function markScrolls() {
  for (const box of document.querySelectorAll(".scroll")) {
    const look = () => box.toggleAttribute("data-more", box.scrollWidth > box.clientWidth + 1);
    const observer = new ResizeObserver(look);
    for (const element of [box, ...box.children]) observer.observe(element);
    look();
  }
}

runFacts();
themeButton();
const scatterMark = scatterPlot() || (() => {});
const tableMark = frontTable();
pickTrial = (i) => {
  scatterMark(i);
  tableMark(i);
};
curvePlot();
importanceTable();
parallelPlot();
sensitivityTable();
failuresTable();
markScrolls();
document.documentElement.dataset.ready = "yes";
