"use strict";
// The drawing is laid out when the page is made. What is left to do here: moving the view, folding groups (rows move
// up, nothing moves sideways), searching, and showing what is known of a node.
const { batch, overview, details, levels, routes, size, colourings, constants: C } = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const view = byId("view"), scene = byId("scene"), panel = byId("panel"), root = document.documentElement;
const hints = [...panel.children];
const boxes = new Map([...scene.querySelectorAll(".box")].map((element) => [element.dataset.path, element]));
const frames = new Map([...scene.querySelectorAll(".frame")].map((element) => [element.dataset.path, element]));
const routeElements = [...scene.querySelectorAll(".route")];
const labelElements = new Map([...scene.querySelectorAll(".label")].map((element) => [+element.dataset.route, element]));
const folded = new Set();
const parentOf = new Map();
for (const [path, level] of Object.entries(levels))
  for (const item of level.layers.flat()) if (boxes.has(item) || frames.has(item)) parentOf.set(item, path);

// ---- places ---------------------------------------------------------------------------------------------------------
const places = new Map(); // box or frame -> {x, y, width, height}
const bands = new Map(); // level -> {x, y, tops, heights, layerOf}

const foldedWidth = (path) => Math.min(fullWidth(path), 60 + 8 * levels[path].title.length);
const fullWidth = (path) => levels[parentOf.get(path)].items[path][1];

function itemHeight(level, item) {
  if (!frames.has(item)) return level.items[item][2];
  return folded.has(item) ? C.band + 6 : C.band + measure(item) + C.bottom;
}

function measure(path) {
  const level = levels[path], tops = [], heights = [], layerOf = {};
  let y = 0;
  level.layers.forEach((layer, index) => {
    const height = Math.max(...layer.map((item) => itemHeight(level, item)));
    layer.forEach((item) => (layerOf[item] = index));
    tops.push(y);
    heights.push(height);
    y += height + C.gap;
  });
  bands.set(path, { tops, heights, layerOf });
  return Math.max(0, y - C.gap);
}

function settle(path, x, y) {
  const level = levels[path], band = bands.get(path);
  Object.assign(band, { x, y });
  for (const item of level.layers.flat()) {
    if (!boxes.has(item) && !frames.has(item)) continue;
    const layer = band.layerOf[item], height = itemHeight(level, item);
    const width = folded.has(item) ? foldedWidth(item) : level.items[item][1];
    const top = y + band.tops[layer] + (band.heights[layer] - height) / 2;
    places.set(item, { x: x + level.items[item][0] - width / 2, y: top, width, height });
    if (frames.has(item) && !folded.has(item)) {
      measure(item);
      settle(item, places.get(item).x + levels[item].shift, top + C.band);
    }
  }
}

function isHidden(path) {
  for (let at = path; at; at = parentOf.get(at)) if (folded.has(at)) return true;
  return false;
}

function stop(path, item) {
  const band = bands.get(path), layer = band.layerOf[item];
  const top = band.y + band.tops[layer];
  return [band.x + levels[path].items[item][0], top, top + band.heights[layer]];
}

function portShift(path, item, port) {
  const shift = (levels[path].ports[item] || {})[port] || 0;
  if (!folded.has(item)) return shift;
  const limit = foldedWidth(item) / 2 - 12;
  return Math.max(-limit, Math.min(limit, shift));
}

const carried = (port) => port.includes(">next>") || port.includes(">last>");

function start(route) {
  const [x, top, bottom] = stop(route.level, route.source);
  if (route.entry) return [x, carried(route.source) ? top : places.get(route.level).y, bottom];
  const place = places.get(route.source);
  if (!place) return [x, top, bottom];
  return [x + portShift(route.level, route.source, route.sourcePort), place.y + place.height, bottom];
}

function end(route) {
  const [x, top, bottom] = stop(route.level, route.target);
  if (route.exit) {
    const frame = places.get(route.level);
    return [x, top, carried(route.target) ? bottom : frame.y + frame.height];
  }
  if (!places.has(route.target)) return [x, top, top];
  const shift = route.targetPort ? portShift(route.level, route.target, route.targetPort) : route.shift;
  return [x + shift, top, places.get(route.target).y];
}

function linePath(stops) {
  let path = `M${stops[0][0]} ${stops[0][1]}V${stops[0][2]}`;
  for (let i = 1; i < stops.length; i++) {
    const [x0, , y0] = stops[i - 1], [x1, y1, bottom] = stops[i], middle = (y0 + y1) / 2;
    path += Math.abs(x0 - x1) < 0.5 ? `L${x1} ${y1}` : `C${x0} ${middle} ${x1} ${middle} ${x1} ${y1}`;
    if (bottom > y1) path += `V${bottom}`;
  }
  return path;
}

function loopPath(route) {
  const [x0, y0, below] = start(route), [x1, above, y1] = end(route);
  const edge = route.level ? places.get(route.level) : { x: 0, width: size[0] };
  const lane = edge.x + edge.width - C.lane * route.loop;
  const low = below + C.gap / 2, high = above - C.gap / 2;
  const side = (from, to) => Math.sign(to - from) * Math.min(C.corner, Math.abs(to - from) / 2);
  const a = side(x0, lane), b = side(lane, x1), v = Math.min(C.corner, C.gap / 4);
  return (
    `M${x0} ${y0}L${x0} ${low - v}Q${x0} ${low} ${x0 + a} ${low}L${lane - a} ${low}Q${lane} ${low} ${lane} ${low - v}` +
    `L${lane} ${high + v}Q${lane} ${high} ${lane + b} ${high}L${x1 - b} ${high}Q${x1} ${high} ${x1} ${high + v}L${x1} ${y1}`
  );
}

function relayout() {
  bands.clear();
  const height = measure("");
  settle("", 0, 0);
  size[1] = height;
  for (const [path, element] of [...boxes, ...frames]) {
    const place = isHidden(parentOf.get(path)) ? null : places.get(path);
    element.toggleAttribute("hidden", !place);
    if (!place) continue;
    element.setAttribute("transform", `translate(${place.x} ${place.y})`);
    if (frames.has(path)) drawFrame(path, element, place);
  }
  routes.forEach((route, index) => drawRoute(route, routeElements[index], labelElements.get(index)));
}

function drawFrame(path, element, place) {
  element.firstElementChild.setAttribute("width", place.width);
  element.firstElementChild.setAttribute("height", place.height);
  const head = element.querySelector(".frame-head");
  head.firstElementChild.setAttribute("width", place.width);
  head.querySelector(".sign").textContent = folded.has(path) ? "\u25b8" : "\u25be";
  head.setAttribute("aria-expanded", String(!folded.has(path)));
}

function drawRoute(route, element, label) {
  const hide = isHidden(route.level);
  element.toggleAttribute("hidden", hide);
  if (label) label.toggleAttribute("hidden", hide);
  if (hide) return;
  const line = element.querySelector(".link");
  if (route.loop) {
    line.setAttribute("d", loopPath(route));
    return;
  }
  const stops = [start(route), ...route.via.map((item) => stop(route.level, item)), end(route)];
  line.setAttribute("d", linePath(stops));
  const arrow = element.querySelector(".arrow"), tip = stops[stops.length - 1];
  if (arrow) {
    arrow.setAttribute("d", `M${tip[0]} ${tip[2]}l-4 -7h8z`);
    arrow.toggleAttribute("hidden", !route.arrow && !folded.has(route.target));
  }
  const [x, top, bottom] = stops[stops.length - 2];
  if (label) label.setAttribute("transform", `translate(${x} ${(top + bottom) / 2})`);
}

function fold(path, on = !folded.has(path)) {
  const before = places.get(path);
  if (on) folded.add(path);
  else folded.delete(path);
  relayout();
  const after = places.get(path);
  // The title that was clicked stays under the pointer.
  if (before && after) moveBy(0, (before.y - after.y) * at.scale);
  byId("fold").textContent = folded.size ? "Open all" : "Fold all";
}

function foldAll() {
  const on = folded.size === 0;
  for (const path of frames.keys()) if (on) folded.add(path);
  if (!on) folded.clear();
  relayout();
  fit();
  byId("fold").textContent = on ? "Open all" : "Fold all";
}

// ---- the view -------------------------------------------------------------------------------------------------------
const LEGIBLE = 0.75; // the smallest scale at which words can be read
const at = { x: 0, y: 0, scale: 1 };

function apply() {
  scene.setAttribute("transform", `translate(${at.x} ${at.y}) scale(${at.scale})`);
}

function moveBy(dx, dy) {
  at.x += dx;
  at.y += dy;
  apply();
}

function zoom(factor, x = view.clientWidth / 2, y = view.clientHeight / 2) {
  const scale = Math.max(0.05, Math.min(4, at.scale * factor));
  at.x = x - ((x - at.x) * scale) / at.scale;
  at.y = y - ((y - at.y) * scale) / at.scale;
  at.scale = scale;
  apply();
}

function fit() {
  const wide = (view.clientWidth - 2 * C.margin) / size[0], high = (view.clientHeight - 2 * C.margin) / size[1];
  at.scale = Math.max(0.05, Math.min(1.2, wide, high));
  at.x = (view.clientWidth - size[0] * at.scale) / 2;
  at.y = (view.clientHeight - size[1] * at.scale) / 2;
  apply();
}

function startView() {
  fit();
  // A tall graph begins at its top, at a size that can be read; of a wide one the topmost node is in the middle.
  if (at.scale < LEGIBLE) {
    at.scale = Math.min(1, Math.max(LEGIBLE, (view.clientWidth - 2 * C.margin) / size[0]));
    const free = view.clientWidth - size[0] * at.scale;
    at.x = free > 0 ? free / 2 : Math.max(free - C.margin, Math.min(C.margin, middleOfTop()));
    at.y = C.margin;
    apply();
  }
}

function middleOfTop() {
  const top = [...places.values()].reduce((one, other) => (other.y < one.y ? other : one));
  return view.clientWidth / 2 - (top.x + top.width / 2) * at.scale;
}

function reveal(path) {
  for (let frame = parentOf.get(path); frame; frame = parentOf.get(frame)) if (folded.has(frame)) fold(frame, false);
  const place = places.get(path), x = at.x + place.x * at.scale, y = at.y + place.y * at.scale;
  const inside = x > 0 && y > 0 && x + place.width * at.scale < view.clientWidth;
  if (!inside || y + place.height * at.scale > view.clientHeight) centre(path, at.scale);
}

function centre(path, scale) {
  const place = places.get(path);
  at.scale = scale;
  at.x = view.clientWidth / 2 - (place.x + place.width / 2) * scale;
  at.y = view.clientHeight / 2 - (place.y + place.height / 2) * scale;
  apply();
}

const pointers = new Map();
let moved = false;
view.addEventListener("pointerdown", (event) => {
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
  moved = false;
});
view.addEventListener("pointermove", (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) return;
  const dx = event.clientX - last[0], dy = event.clientY - last[1];
  if (!moved && Math.hypot(dx, dy) < 4) return;
  if (!moved) view.setPointerCapture(event.pointerId);
  moved = true;
  view.classList.add("dragging");
  if (pointers.size === 2) {
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    const before = Math.hypot(last[0] - other[0], last[1] - other[1]);
    const area = view.getBoundingClientRect();
    const now = Math.hypot(event.clientX - other[0], event.clientY - other[1]);
    zoom(now / before, (event.clientX + other[0]) / 2 - area.left, (event.clientY + other[1]) / 2 - area.top);
  } else moveBy(dx, dy);
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
});
for (const name of ["pointerup", "pointercancel"])
  view.addEventListener(name, (event) => {
    pointers.delete(event.pointerId);
    view.classList.remove("dragging");
  });
view.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    const area = view.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.clientX - area.left, event.clientY - area.top);
  },
  { passive: false },
);

// ---- what is known of a node ----------------------------------------------------------------------------------------
function make(tag, text = "", className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

function table(rows) {
  const element = make("table");
  for (const cells of rows) {
    const row = element.insertRow();
    for (const cell of cells) row.insertCell().append(cell);
  }
  return element;
}

function section(title, content) {
  panel.append(make("h3", title), content);
}

function nodeLink(text) {
  const path = text.replace(" (previous pass)", "").replace(/\.[^.]*$/, "");
  const button = make("button", text, "link-to");
  button.addEventListener("click", () => choose(path, true));
  return button;
}

function show(path) {
  const node = details[path];
  panel.replaceChildren(make("h2", node.title));
  panel.append(make("p", [node.block, node.kind].filter(Boolean).join(", "), "sub"));
  if (node.place) panel.append(make("p", node.place + (node.passes > 1 ? `, ${node.passes} passes` : ""), "sub"));
  if (node.yaml) panel.append(make("pre", node.yaml, "yaml"));
  const measured = colourings.filter((one) => one.boxes[path]).map((one) => [one.name, one.boxes[path][2]]);
  if (measured.length) section("Measured", table(measured));
  if (node.facts) section(`Size, and cost at ${batch}`, table(node.facts));
  if (node.inputs.length) section("Inputs", table(node.inputs.map(([port, from, shape]) => [port, nodeLink(from), shape])));
  if (node.outputs && node.outputs.length) section("Outputs", table(node.outputs));
  if (node.parameters && node.parameters.length)
    section(
      "Parameters",
      table(
        node.parameters.map(([name, value, origin, changed]) => {
          const cell = make("span");
          cell.append(make("span", value, changed), make("div", origin, "origin"));
          return [make("span", name, changed), cell];
        }),
      ),
    );
  if (node.doc) section(`Block ${node.block}`, make("pre", node.doc, "doc"));
  if (node.plugin) panel.append(make("p", node.plugin, "sub"));
  panel.scrollTop = 0;
}

function choose(path, focus = false) {
  if (!boxes.has(path)) return;
  clearChoice();
  const box = boxes.get(path);
  reveal(path);
  box.classList.add("chosen");
  scene.classList.add("choosing");
  routes.forEach((route, index) => {
    const near = route.ends.some((ends) => ends.includes(path));
    routeElements[index].classList.toggle("near", near);
    if (labelElements.has(index)) labelElements.get(index).classList.toggle("near", near);
  });
  show(path);
  remember(path);
  if (focus) box.focus();
}

function clearChoice() {
  scene.classList.remove("choosing");
  for (const element of scene.querySelectorAll(".chosen,.near")) element.classList.remove("chosen", "near");
}

function unchoose() {
  clearChoice();
  panel.replaceChildren(...hints);
  section(`The whole graph, cost at ${batch}`, table(overview));
  remember("");
}

const addressOf = (path) => path && `#${encodeURIComponent(path)}`;

// The address names the node that is shown, so that a link to the page can point at it.
function remember(path) {
  try {
    history.replaceState(null, "", addressOf(path) || location.pathname + location.search);
  } catch {
    // Pages inside others, as in the viewer of mlflow, have no address of their own.
  }
}

// ---- colours by what was measured -----------------------------------------------------------------------------------
function colourBy(index) {
  const chosen = colourings[index];
  byId("colour").value = index;
  byId("colour").title = chosen ? chosen.text : "";
  for (const [path, box] of boxes) {
    const found = chosen && chosen.boxes[path];
    box.classList.toggle("coloured", Boolean(found));
    box.classList.toggle("uncoloured", Boolean(chosen) && !found);
    box.querySelector(".measure")?.remove();
    if (!found) continue;
    box.style.setProperty("--depth", found[0]);
    const text = document.createElementNS(scene.namespaceURI, "text"), width = +box.querySelector("rect").getAttribute("width");
    text.setAttribute("class", "measure");
    text.setAttribute("x", width - 6);
    text.setAttribute("y", -4);
    text.textContent = found[1];
    box.append(text);
  }
}

if (colourings.length) {
  const select = byId("colour");
  select.hidden = false;
  select.append(new Option("Colour: kind of block", -1), ...colourings.map((one, index) => new Option(`Colour: ${one.name}`, index)));
  select.addEventListener("change", () => colourBy(+select.value));
}

// ---- search ---------------------------------------------------------------------------------------------------------
const texts = new Map();
for (const [path, node] of Object.entries(details)) {
  const values = (node.parameters || []).map((row) => `${row[0]}: ${row[1]}`);
  texts.set(path, [path, node.block, node.kind, ...values].join("\n").toLowerCase());
}
let hits = [], hit = -1;

function search(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  hits = words.length ? [...texts].filter(([, text]) => words.every((word) => text.includes(word))).map(([path]) => path) : [];
  hit = -1;
  scene.classList.toggle("searching", words.length > 0);
  for (const [path, box] of boxes) box.classList.toggle("hit", hits.includes(path));
  byId("found").textContent = words.length ? `${hits.length} found` : "";
}

byId("search").addEventListener("input", (event) => search(event.target.value));
byId("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && hits.length) {
    hit = (hit + (event.shiftKey ? hits.length - 1 : 1)) % hits.length;
    choose(hits[hit]);
    if (at.scale < LEGIBLE) centre(hits[hit], LEGIBLE);
    byId("found").textContent = `${hit + 1} of ${hits.length}`;
  } else if (event.key === "Escape") {
    event.target.value = "";
    search("");
    view.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
});

// ---- keyboard and buttons -------------------------------------------------------------------------------------------
function neighbour(path, forward) {
  const [from, to] = forward ? [0, 1] : [1, 0];
  const found = routes.flatMap((route) => route.ends).find((ends) => ends[from] === path && ends[to] !== path);
  return found && found[to];
}

function switchTheme() {
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
}

const keys = { "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: fit, f: foldAll, t: switchTheme,
  c: () => colourings.length && colourBy(((+byId("colour").value + 2) % (colourings.length + 1)) - 1) };
const arrows = { ArrowUp: [0, 60], ArrowDown: [0, -60], ArrowLeft: [60, 0], ArrowRight: [-60, 0] };

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const focused = document.activeElement, path = focused && focused.dataset ? focused.dataset.path : undefined;
  if (event.key === "/") byId("search").focus();
  else if (event.key === "Escape") unchoose();
  else if (keys[event.key]) keys[event.key]();
  else if (path && boxes.has(path) && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    const next = neighbour(path, event.key === "ArrowDown");
    if (next) choose(next, true);
  } else if (arrows[event.key] && (view.contains(focused) || focused === document.body)) moveBy(...arrows[event.key]);
  else return;
  event.preventDefault();
});

function activate(element, action) {
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "button");
  element.addEventListener("click", (event) => {
    event.stopPropagation();
    if (!moved) action();
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    action();
  });
}

for (const [path, box] of boxes) {
  box.setAttribute("aria-label", `${details[path].title}, ${details[path].block || "outputs"}`);
  activate(box, () => choose(path));
  box.addEventListener("focus", () => box.matches(":focus-visible") && reveal(path));
}
for (const [path, frame] of frames) {
  const head = frame.querySelector(".frame-head"), sign = head.lastElementChild.cloneNode();
  sign.setAttribute("class", "sign");
  sign.setAttribute("x", head.lastElementChild.getAttribute("x") - 8);
  head.lastElementChild.setAttribute("x", +head.lastElementChild.getAttribute("x") + 6);
  head.append(sign);
  head.setAttribute("aria-label", `group ${levels[path].title}`);
  activate(head, () => fold(path));
}
view.addEventListener("click", () => moved || unchoose());
byId("fold").addEventListener("click", foldAll);
byId("smaller").addEventListener("click", () => zoom(0.8));
byId("larger").addEventListener("click", () => zoom(1.25));
byId("fit").addEventListener("click", fit);
byId("theme").addEventListener("click", switchTheme);

if (root.dataset.theme === "auto")
  root.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
// A line into a group ends at what it leads to inside; while the group is folded, it ends at the group.
routes.forEach((route, index) => {
  if (route.arrow || route.loop || !frames.has(route.target)) return;
  const arrow = document.createElementNS(scene.namespaceURI, "path");
  arrow.setAttribute("class", "arrow");
  routeElements[index].append(arrow);
});
relayout();
startView();
const wanted = [...boxes.keys()].find((path) => addressOf(path) === location.hash);
if (wanted) choose(wanted);
else unchoose();
