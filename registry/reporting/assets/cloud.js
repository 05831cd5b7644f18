// Events that can be turned: the hits of one event in two panels that turn together.
const STOPS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

function ramp(share) {
  const at = Math.max(0, Math.min(1, share)) * (STOPS.length - 1), index = Math.min(STOPS.length - 2, Math.floor(at));
  return `rgb(${STOPS[index].map((from, part) => Math.round(from + (at - index) * (STOPS[index + 1][part] - from))).join(",")})`;
}

const isLabels = (values) => values.every((value) => value === null || Number.isInteger(value));

// Steps of the golden ratio along the hues keep any number of objects apart.
function labelColour(label, dark) {
  return label < 0 ? (dark ? "#64748b" : "#b8c2cf") : `hsl(${((label * 0.6180339887) % 1) * 360} 70% ${dark ? 62 : 44}%)`;
}

function windowsOf(spaces) {
  const found = [];
  for (const [name, places] of Object.entries(spaces)) {
    const size = places.length ? places[0].length : 0;
    if (size <= 3) found.push({ name, places, axes: [...Array(size).keys()] });
    else for (let first = 0; first + 2 < size; first++) found.push({ name: `${name} (${first}, ${first + 1}, ${first + 2})`, places, axes: [first, first + 1, first + 2] });
  }
  return found;
}

function cloud(host, spec) {
  const turn = { yaw: 0.7, pitch: 0.45, zoom: 1 }, spaces = windowsOf(spec.spaces), colours = Object.keys(spec.colours);
  const panels = [], status = make("output", { class: "status", "aria-live": "polite" });
  let noise = true, only = null;
  const redraw = () => panels.forEach((panel) => panel.render());
  const tools = make("div", { class: "tools", role: "toolbar", "aria-label": "View of the event" });
  const button = (text, title, action) => tools.append(make("button", { type: "button", title, "aria-label": title, onclick: () => { action(); redraw(); } }, text));
  button("+", "Zoom in (+)", () => (turn.zoom *= 1.25));
  button("\u2212", "Zoom out (-)", () => (turn.zoom /= 1.25));
  button("\u21ba", "First view (0)", () => Object.assign(turn, { yaw: 0.7, pitch: 0.45, zoom: 1 }));
  button("x y", "From the third axis", () => Object.assign(turn, { yaw: 0, pitch: 0 }));
  const box = make("input", { type: "checkbox", checked: true });
  box.addEventListener("change", () => { noise = box.checked; redraw(); });
  tools.append(make("label", {}, box, "noise"), status);
  const row = make("div", { class: "panels" });
  host.append(tools, row);

  function panel(space, tint) {
    const canvas = make("canvas", { tabindex: 0, role: "img", "aria-label": "Hits of the event. Arrow keys turn them, plus and minus zoom." });
    const pick = (names, chosen, label, action) => {
      const element = make("select", { "aria-label": label }, ...names.map((name, index) => make("option", { value: index, ...(index === chosen ? { selected: true } : {}) }, name)));
      element.addEventListener("change", () => { action(+element.value); render(); });
      return element;
    };
    const key = make("div", { class: "key" });
    const head = make("div", { class: "pickers" }, pick(spaces.map((item) => item.name), space, "Space", (value) => (space = value)));
    if (colours.length) head.append(make("span", {}, "by"), pick(colours, tint, "Colour", (value) => { tint = value; only = null; }));
    row.append(make("div", { class: "panel" }, head, canvas, key));
    let drawn = [];

    function projected(width, height) {
      const { places, axes } = spaces[space];
      const ranges = axes.map((axis) => {
        const known = places.map((place) => place[axis]).filter((value) => value !== null);
        return [Math.min(...known), Math.max(...known)];
      });
      const most = Math.max(...ranges.map(([low, high]) => high - low)) || 1;
      const reach = (Math.min(width, height) / 2) * 0.78 * turn.zoom;
      const [cy, sy, cp, sp] = [Math.cos(turn.yaw), Math.sin(turn.yaw), Math.cos(turn.pitch), Math.sin(turn.pitch)];
      const onto = (point) => {
        const [a = 0, b = 0, c = 0] = point;
        const x = a * cy + c * sy, depth = c * cy - a * sy;
        const y = b * cp - depth * sp;
        return [width / 2 + x * reach, height / 2 - y * reach, depth * cp + b * sp];
      };
      const own = ranges.map(([low, high]) => (high - low || 1) / most > 0.02 ? most : high - low || 1);
      const unit = (place) => axes.map((axis, index) => ((place[axis] - (ranges[index][0] + ranges[index][1]) / 2) / own[index]) * 1.5);
      const ends = ranges.map(([low, high], index) => ((high - low) / own[index]) * 0.75);
      return { places, axes, onto, unit, ends, ranges };
    }

    function render() {
      const width = canvas.clientWidth, height = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
      if (!width) return;
      canvas.width = width * ratio;
      canvas.height = height * ratio;
      const pen = canvas.getContext("2d"), css = getComputedStyle(document.documentElement), dark = isDark();
      pen.scale(ratio, ratio);
      const { places, axes, onto, unit, ends } = projected(width, height);
      pen.strokeStyle = css.getPropertyValue("--edge");
      pen.fillStyle = css.getPropertyValue("--faint");
      pen.font = "12px system-ui, sans-serif";
      const corner = ends.map((end) => -end), named = spec.axes[spaces[space].name];
      axes.forEach((axis, index) => {
        const tip = corner.slice();
        tip[index] = ends[index];
        const [x0, y0] = onto(corner), [x1, y1] = onto(tip);
        pen.beginPath();
        pen.moveTo(x0, y0);
        pen.lineTo(x1, y1);
        pen.stroke();
        const long = Math.hypot(x1 - x0, y1 - y0);
        if (long > 14) pen.fillText(named ? named[index] : `${axis}`, x1 + (8 * (x1 - x0)) / long - 3, y1 + (8 * (y1 - y0)) / long + 4);
      });
      const values = colours.length ? spec.colours[colours[tint]] : null, labels = values && isLabels(values);
      const known = values && !labels ? values.filter((value) => value !== null) : [];
      const low = Math.min(...known), high = Math.max(...known), noisy = spec.colours[spec.noise];
      const largest = spec.size ? Math.max(1e-12, ...spec.size.filter((value) => value !== null)) : 1;
      drawn = [];
      places.forEach((place, hit) => {
        if (axes.some((axis) => place[axis] === null) || (!noise && noisy && noisy[hit] < 0)) return;
        const [x, y, depth] = onto(unit(place));
        const radius = spec.size ? 1.6 + 5 * Math.sqrt(Math.max(0, spec.size[hit] || 0) / largest) : 2.6;
        drawn.push([x, y, depth, radius, hit]);
      });
      drawn.sort((a, b) => a[2] - b[2]);
      for (const [x, y, , radius, hit] of drawn) {
        const value = values && values[hit];
        pen.globalAlpha = labels && only !== null && value !== only ? 0.08 : labels && value < 0 ? 0.55 : 0.9;
        pen.fillStyle = !values ? css.getPropertyValue("--accent") : labels ? labelColour(value, dark) : ramp((value - low) / (high - low || 1));
        pen.beginPath();
        pen.arc(x, y, radius, 0, 7);
        pen.fill();
      }
      pen.globalAlpha = 1;
      legend(values, labels, low, high, dark);
    }

    function legend(values, labels, low, high, dark) {
      const signature = `${tint} ${dark} ${only}`;
      if (!values || key.dataset.of === signature) return;
      key.dataset.of = signature;
      if (!labels) {
        key.replaceChildren(number(low), make("span", { class: "ramp", style: `background:linear-gradient(to right,${[0, 0.25, 0.5, 0.75, 1].map(ramp).join(",")})` }), number(high));
        return;
      }
      const counts = new Map();
      for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
      const order = [...counts].sort((a, b) => b[1] - a[1]), most = 14;
      const items = order.slice(0, most).map(([label, count]) =>
        make("button", { type: "button", "aria-pressed": String(only === label), title: "show these hits only", onclick: () => { only = only === label ? null : label; redraw(); } },
          make("i", { style: `background:${labelColour(label, dark)}` }), `${label < 0 ? "none" : label}: ${count}`));
      key.replaceChildren(...items, order.length > most ? `and ${order.length - most} more` : "");
    }

    let last = null;
    canvas.addEventListener("pointerdown", (event) => { last = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointerup", () => (last = null));
    canvas.addEventListener("pointermove", (event) => {
      if (last) {
        turn.yaw += (event.clientX - last[0]) * 0.01;
        turn.pitch = Math.max(-1.57, Math.min(1.57, turn.pitch + (event.clientY - last[1]) * 0.01));
        last = [event.clientX, event.clientY];
        redraw();
        return;
      }
      const area = canvas.getBoundingClientRect(), x = event.clientX - area.left, y = event.clientY - area.top;
      const near = drawn.filter((item) => Math.hypot(item[0] - x, item[1] - y) < item[3] + 4).pop();
      status.textContent = near ? `hit ${near[4]}: ${colours.map((name) => `${name} ${number(spec.colours[name][near[4]])}`).join(", ")}` : "";
    });
    canvas.addEventListener("wheel", (event) => {
      if (document.activeElement !== canvas && !event.ctrlKey) return;
      event.preventDefault();
      turn.zoom *= Math.exp(-event.deltaY * 0.0015);
      redraw();
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [-0.1, 0, 1], ArrowRight: [0.1, 0, 1], ArrowUp: [0, -0.1, 1], ArrowDown: [0, 0.1, 1], "+": [0, 0, 1.2], "=": [0, 0, 1.2], "-": [0, 0, 1 / 1.2] };
      if (event.key === "0") Object.assign(turn, { yaw: 0.7, pitch: 0.45, zoom: 1 });
      else if (moves[event.key]) {
        const [yaw, pitch, zoom] = moves[event.key];
        turn.yaw += yaw;
        turn.pitch = Math.max(-1.57, Math.min(1.57, turn.pitch + pitch));
        turn.zoom *= zoom;
      } else return;
      event.preventDefault();
      event.stopPropagation();
      redraw();
    });
    panels.push({ render, turn });
  }

  const second = Math.min(1, Math.max(0, colours.length - 1));
  panel(0, 0);
  panel(0, second);
  return redraw;
}
