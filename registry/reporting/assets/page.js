// Puts every figure in its place, draws what is seen, and switches the colours.
const root = document.documentElement;
const data = JSON.parse(byId("data").textContent);
const kinds = { lines, histogram, bars, table: grid, cloud };
const renders = new Map();

function isDark() {
  const chosen = root.dataset.theme;
  return chosen === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : chosen === "dark";
}

function colourFrame() {
  for (const frame of document.querySelectorAll("iframe"))
    if (frame.contentDocument && frame.contentDocument.documentElement) frame.contentDocument.documentElement.dataset.theme = isDark() ? "dark" : "light";
}

function switchTheme() {
  root.dataset.theme = isDark() ? "light" : "dark";
  redraw();
  colourFrame();
}

function redraw() {
  for (const [host, render] of renders) if (host.clientWidth) render();
}

for (const host of document.querySelectorAll("[data-figure]")) {
  const spec = data.figures[host.dataset.figure];
  renders.set(host, kinds[spec.kind](host, spec));
}
redraw();
let width = 0;
new ResizeObserver(() => {
  if (document.body.clientWidth === width) return;
  width = document.body.clientWidth;
  redraw();
}).observe(document.body);
for (const details of document.querySelectorAll("details")) details.addEventListener("toggle", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { redraw(); colourFrame(); });
byId("theme").addEventListener("click", switchTheme);

const drawing = byId("drawing");
if (drawing) {
  drawing.addEventListener("load", colourFrame);
  drawing.srcdoc = JSON.parse(byId("drawing-page").textContent);
}

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const sections = [...document.querySelectorAll("main > section")];
  if (event.key === "t") switchTheme();
  else if (event.key >= "1" && event.key <= "9" && sections[+event.key - 1]) {
    const section = sections[+event.key - 1];
    section.scrollIntoView();
    section.querySelector("h2").focus({ preventScroll: true });
  } else return;
  event.preventDefault();
});
