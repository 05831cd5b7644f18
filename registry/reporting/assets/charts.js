"use strict";
// Draws figures from numbers, at the width that there is; anew when that changes.
const COLOURS = __COLOURS__;
const byId = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function draw(tag, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "\u2013";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace("e+", "e");
  return String(+value.toPrecision(4));
}

const colour = (place) => `var(--series-${place % COLOURS.length})`;

// ---- scales ---------------------------------------------------------------------------------------------------------
function ticks(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted), power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((item) => item * power).find((item) => item >= rough) || power;
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) found.push(+at.toPrecision(12));
  return found;
}

function decades(low, high, wanted) {
  const found = [];
  for (const factor of high / low < 30 ? [1, 2, 5] : [1])
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      if (factor * 10 ** power >= low * 0.999 && factor * 10 ** power <= high * 1.001) found.push(+(factor * 10 ** power).toPrecision(3));
  found.sort((a, b) => a - b);
  return found.length < 2 ? ticks(low, high, wanted) : found.filter((_, index) => index % Math.ceil(found.length / (wanted + 1)) === 0);
}

function scale(low, high, from, to, logarithmic) {
  const f = logarithmic ? Math.log10 : (value) => value;
  const a = f(low), b = f(high) > a ? f(high) : a + 1;
  return (value) => from + ((f(value) - a) / (b - a)) * (to - from);
}

const MARGIN = { left: 58, right: 14, top: 24, bottom: 38 };

function frame(box, width, height, name) {
  const svg = draw("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name });
  box.replaceChildren(svg);
  return svg;
}

function axes(svg, width, height, xs, ys, x, y, xLabel) {
  const bottom = height - MARGIN.bottom, right = width - MARGIN.right;
  for (const at of ys) {
    svg.append(draw("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y(at), y2: y(at) }));
    svg.append(draw("text", { class: "tick", x: MARGIN.left - 8, y: y(at) + 4, "text-anchor": "end" }, number(at)));
  }
  for (const at of xs) {
    svg.append(draw("line", { class: "axis", x1: x(at), x2: x(at), y1: bottom, y2: bottom + 4 }));
    svg.append(draw("text", { class: "tick", x: x(at), y: bottom + 17, "text-anchor": "middle" }, number(at)));
  }
  svg.append(draw("line", { class: "axis", x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }));
  svg.append(draw("text", { class: "tick", x: right, y: bottom + 33, "text-anchor": "end" }, xLabel));
}

// ---- curves ---------------------------------------------------------------------------------------------------------
function lines(host, spec) {
  const hidden = new Set(), values = new Map();
  let at = null, places = null;
  const positive = spec.series.every((one) => one.y.every((value) => value === null || value > 0));
  const flat = spec.series.flatMap((one) => one.y).filter((value) => value > 0);
  let logarithmic = positive && flat.length > 0 && Math.max(...flat) / Math.min(...flat) > 30;
  const plot = make("div", { class: "plot", tabindex: 0, role: "group", "aria-label": `${spec.title}: left and right move along the steps` });
  const legend = make("div", { class: "legend" });
  const step = make("span", { class: "step", "aria-live": "polite" });
  spec.series.forEach((one, index) => {
    const value = make("output");
    values.set(one, value);
    const button = make("button", { type: "button", "aria-pressed": "true", title: "show or hide" }, make("i", { style: `background:${colour(one.colour ?? index)}` }), one.name, value);
    button.addEventListener("click", () => {
      if (!hidden.delete(one)) hidden.add(one);
      button.setAttribute("aria-pressed", String(!hidden.has(one)));
      render();
    });
    legend.append(button);
  });
  if (positive && flat.length) {
    const box = make("input", { type: "checkbox" });
    box.checked = logarithmic;
    box.addEventListener("change", () => { logarithmic = box.checked; render(); });
    legend.append(make("label", {}, box, "log"));
  }
  legend.append(step);
  host.append(make("h3", {}, spec.title), legend, plot);

  function point(one, where) {
    let best = -1;
    for (let index = 0; index < one.x.length; index++)
      if (best < 0 || Math.abs(one.x[index] - where) < Math.abs(one.x[best] - where)) best = index;
    return best;
  }

  function cursor(svg, x, y, height) {
    svg.querySelectorAll(".cursor").forEach((element) => element.remove());
    step.textContent = at === null ? "" : `step ${number(at)}`;
    for (const one of spec.series) {
      const index = at === null ? one.y.length - 1 : point(one, at);
      values.get(one).textContent = number(one.y[index]);
      if (at !== null && !hidden.has(one) && one.y[index] !== null)
        svg.append(draw("circle", { class: "cursor", cx: x(one.x[index]), cy: y(one.y[index]), r: 3.5, fill: colour(one.colour ?? spec.series.indexOf(one)) }));
    }
    if (at !== null) svg.append(draw("line", { class: "cursor", x1: x(at), x2: x(at), y1: MARGIN.top, y2: height - MARGIN.bottom }));
  }

  function render() {
    const width = plot.clientWidth, height = Math.round(Math.max(190, Math.min(320, width * 0.5)));
    if (!width) return;
    const shown = spec.series.filter((one) => !hidden.has(one));
    const ys = shown.flatMap((one) => one.y).filter((value) => value !== null && (!logarithmic || value > 0));
    const xs = shown.flatMap((one) => one.x);
    let low = Math.min(...ys), high = Math.max(...ys);
    if (!ys.length) [low, high] = [0, 1];
    if (low === high) [low, high] = logarithmic ? [low / 2, high * 2] : [low - Math.abs(low || 1) / 10, high + Math.abs(high || 1) / 10];
    else if (!logarithmic) [low, high] = [low - (high - low) * 0.04, high + (high - low) * 0.04];
    const left = Math.min(0, ...xs), right = Math.max(1, ...xs);
    const x = scale(left, right, MARGIN.left, width - MARGIN.right), y = scale(low, high, height - MARGIN.bottom, MARGIN.top, logarithmic);
    const svg = frame(plot, width, height, spec.title);
    axes(svg, width, height, ticks(left, right, width / 110), (logarithmic ? decades : ticks)(low, high, height / 45), x, y, "step");
    stages(svg, x, right, height);
    for (const one of shown) {
      let path = "", pen = "M";
      one.x.forEach((where, index) => {
        const value = one.y[index];
        if (value === null || (logarithmic && value <= 0)) { pen = "M"; return; }
        path += `${pen}${x(where).toFixed(1)} ${y(value).toFixed(1)}`;
        pen = "L";
      });
      const place = one.colour ?? spec.series.indexOf(one);
      svg.append(draw("path", { class: one.faint ? "curve faint" : "curve", d: path, stroke: colour(place) }));
      if (one.x.length <= 40 && !one.faint)
        one.x.forEach((where, index) => one.y[index] !== null && svg.append(draw("circle", { cx: x(where), cy: y(one.y[index]), r: 2.2, fill: colour(place) })));
    }
    places = [...new Set(xs)].sort((a, b) => a - b);
    cursor(svg, x, y, height);
    svg.addEventListener("pointermove", (event) => {
      const where = left + ((event.clientX - svg.getBoundingClientRect().left - MARGIN.left) / (width - MARGIN.left - MARGIN.right)) * (right - left);
      at = places.reduce((best, item) => (Math.abs(item - where) < Math.abs(best - where) ? item : best), places[0]);
      cursor(svg, x, y, height);
    });
    svg.addEventListener("pointerleave", () => { at = null; cursor(svg, x, y, height); });
    plot.onkeydown = (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
      if (event.key === "Escape") at = null;
      else if (move === undefined) return;
      else {
        const now = at === null ? places.length : places.indexOf(at);
        at = places[Math.max(0, Math.min(places.length - 1, now + move))];
      }
      event.preventDefault();
      cursor(svg, x, y, height);
    };
  }

  function stages(svg, x, right, height) {
    const marks = data.stages.filter((mark) => mark.x <= right);
    marks.forEach((mark, index) => {
      const from = x(mark.x), room = (index + 1 < marks.length ? x(marks[index + 1].x) : x(right)) - from - 8;
      const letters = Math.floor(room / 6.6), text = mark.label.length <= letters ? mark.label : letters > 2 ? `${mark.label.slice(0, letters - 1)}\u2026` : "";
      if (mark.x > 0) svg.append(draw("line", { class: "stage", x1: from, x2: from, y1: MARGIN.top - 14, y2: height - MARGIN.bottom }));
      const label = draw("text", { class: "tick stage-name", x: from + 4, y: MARGIN.top - 10 }, text);
      label.append(draw("title", {}, mark.label));
      svg.append(label);
    });
  }
  return render;
}

// ---- distributions, bars and tables ---------------------------------------------------------------------------------
function legendOf(host, names) {
  if (names.length < 2) return;
  host.append(make("div", { class: "legend" }, ...names.map((name, index) => make("span", {}, make("i", { style: `background:${colour(index)}` }), name))));
}

function histogram(host, spec) {
  legendOf(host, Object.keys(spec.series));
  const plot = make("div", { class: "plot" });
  host.append(plot);
  return () => {
    const width = plot.clientWidth, height = Math.round(Math.max(180, Math.min(260, width * 0.5)));
    if (!width) return;
    const edges = spec.edges, all = Object.values(spec.series);
    const high = Math.max(1e-12, ...all.flat().filter((value) => value !== null)) * 1.05;
    const x = scale(edges[0], edges[edges.length - 1], MARGIN.left, width - MARGIN.right), y = scale(0, high, height - MARGIN.bottom, MARGIN.top);
    const svg = frame(plot, width, height, spec.label);
    axes(svg, width, height, ticks(edges[0], edges[edges.length - 1], width / 90), ticks(0, high, height / 50), x, y, spec.label);
    all.forEach((counts, index) => {
      let path = `M${x(edges[0])} ${y(0)}`;
      counts.forEach((count, bin) => (path += `V${y(count || 0).toFixed(1)}H${x(edges[bin + 1]).toFixed(1)}`));
      svg.append(draw("path", { class: "steps", d: `${path}V${y(0)}`, stroke: colour(index), fill: colour(index) }));
    });
  };
}

function bars(host, spec) {
  const names = Object.keys(spec.series);
  legendOf(host, names);
  const plot = make("div", { class: "plot" });
  host.append(plot);
  return () => {
    const width = plot.clientWidth;
    if (!width) return;
    const values = Object.values(spec.series), flat = values.flat().filter((value) => value !== null && (!spec.logarithmic || value > 0));
    const longest = Math.max(...spec.names.map((name) => name.length)), room = Math.min(width * 0.45, longest * 7 + 12);
    const row = 8 + 11 * names.length, height = spec.names.length * row + 34, right = width - 62;
    let low = spec.logarithmic ? Math.min(...flat) / 2 : Math.min(0, ...flat), high = Math.max(...flat);
    if (!flat.length) [low, high] = [spec.logarithmic ? 0.1 : 0, 1];
    const x = scale(low, high, room, right, spec.logarithmic), svg = frame(plot, width, height, spec.label);
    const fits = Math.floor((room - 12) / 7);
    spec.names.forEach((name, index) => {
      const top = index * row + 4;
      const text = draw("text", { class: "tick", x: room - 8, y: top + row / 2 + 1, "text-anchor": "end" }, name.length <= fits ? name : `\u2026${name.slice(name.length - fits + 1)}`);
      text.append(draw("title", {}, name));
      svg.append(text);
      values.forEach((one, place) => {
        const value = one[index], y = top + place * 11;
        if (value === null || (spec.logarithmic && value <= 0)) {
          svg.append(draw("text", { class: "tick", x: room + 4, y: y + 9 }, value === null ? "\u2013" : "0"));
          return;
        }
        svg.append(draw("rect", { x: room, y, width: Math.max(1, x(value) - room), height: 9, rx: 2, fill: colour(place) }));
        svg.append(draw("text", { class: "tick small", x: Math.max(room, x(value)) + 5, y: y + 8.5 }, number(value)));
      });
    });
    svg.append(draw("text", { class: "tick", x: width - 4, y: height - 8, "text-anchor": "end" }, spec.label));
  };
}

function grid(host, spec) {
  const body = spec.values.map((row, index) => {
    const sum = row.reduce((total, value) => total + (value || 0), 0) || 1;
    const cells = row.map((value) => make("td", { style: `--share:${(100 * (value || 0)) / sum}%` }, number(value)));
    return make("tr", {}, make("th", { scope: "row" }, spec.rows[index]), ...cells);
  });
  const head = make("tr", {}, make("th", {}, spec.label), ...spec.columns.map((name) => make("th", { scope: "col" }, name)));
  host.append(make("div", { class: "wide" }, make("table", { class: "grid-table" }, make("thead", {}, head), make("tbody", {}, ...body))));
  return () => {};
}
