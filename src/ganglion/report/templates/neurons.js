/* The neurons in columns, a tile for each, and the weights between them: elements first, places later. */
const makeDiagram = (box, { data, words, parametersOf, make, choose }) => {
  const SVG = "http://www.w3.org/2000/svg", MOST = 10;
  const { stages } = data, isBinary = data.task === "classes" && stages[stages.length - 1].n === 1;
  let tile = 56;
  const inner = make("div", box, "inner");
  const wires = document.createElementNS(SVG, "svg");
  wires.setAttribute("aria-hidden", "true");
  inner.append(wires);
  const about = (s) => (s.g === "table" ? "own function" : s.g === "identity" ? "\u00a0" : s.g);
  const columns = [{ k: -1, n: 2, name: "inputs", about: "\u00a0" }, ...stages.map((s, k) => ({ k, n: s.n, name: s.name, about: about(s) }))];
  const final = columns.length - 1;
  columns[final].name = "output";
  const slots = Math.min(MOST, Math.max(...columns.map((column) => column.n)));
  const outputNames = isBinary ? [data.classes[1]] : data.classes;
  const nameOf = (c, j) => (c === 0 ? data.inputs[j] : c === final && outputNames[j]) || `neuron ${j + 1}`;
  const tiles = [], sides = [];
  columns.forEach((column, c) => {
    const { k, n } = column, isLarge = n > MOST;
    column.head = make("div", inner, "head");
    make("b", column.head).textContent = column.name;
    column.head.append(column.about);
    column.shown = Array.from({ length: Math.min(n, MOST - isLarge) }, (_, i) => (isLarge && i === MOST - 2 ? n - 1 : i));
    const empty = (slots - Math.min(n, MOST)) / 2;
    column.slots = new Map(column.shown.map((j, i) => [j, empty + 0.5 + i + (isLarge && j === n - 1)]));
    column.dots = isLarge ? make("span", inner, "dots") : null;
    if (isLarge) column.dots.textContent = "⋮";
    for (const j of column.shown) {
      const button = make("button", inner, "tile"), name = nameOf(c, j);
      const called = c ? `${column.name}, ${name}` : `input ${name}`;
      const entry = { k, j, c, button, called, canvas: make("canvas", button) };
      button.type = "button";
      button.title = called;
      button.setAttribute("aria-label", called);
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => choose(entry));
      tiles.push(entry);
      if (c && !(c === final && outputNames[j])) continue;
      const side = make("bdi", inner, "side-name" + (c ? "" : " left"));
      side.textContent = name;
      sides.push({ side, c, j });
    }
  });
  const isFolded = columns.some((column) => column.n > MOST);
  const folded = isFolded ? `Of a step with more than ${MOST} neurons the first ${MOST - 2} and the last are drawn.` : "";

  /* Weights: a line from each neuron drawn to each one drawn behind it; a sum has an arc from what is added. */
  const lines = [];
  let offset = 0, largest = 0;
  stages.forEach((s, k) => {
    const wire = (i, j, source, place) => {
      const path = document.createElementNS(SVG, "path");
      if (place < 0) path.setAttribute("class", "plain");
      wires.append(path);
      lines.push({ path, place, from: [source, i], to: [k + 1, j] });
    };
    const to = columns[k + 1].shown;
    if (s.kind !== "dense") {
      for (const j of to) wire(j, j, k, -1);
      if (s.kind === "sum") for (const j of to) wire(j, j, s.adds, -1);
      else offset += 2 * s.n;
      return;
    }
    for (const i of columns[k].shown) for (const j of to) wire(i, j, k, offset + i * s.n + j);
    for (let f = 0; f < words.length; f += Math.max(1, words.length >> 4)) {
      for (const w of parametersOf(f).subarray(offset, offset + s.m * s.n)) largest = Math.max(largest, Math.abs(w));
    }
    offset += s.m * s.n + (s.bias ? s.n : 0);
  });

  /* What leads into a neuron, in words. */
  const weightsOf = ({ k, j }, now) => {
    const short = (v) => Number(v.toPrecision(3)).toString().replace("-", "\u2212");
    let at = 0;
    for (const s of stages.slice(0, Math.max(k, 0))) at += s.kind === "dense" ? s.m * s.n + (s.bias ? s.n : 0) : s.kind === "sum" ? 0 : 2 * s.n;
    const s = stages[k];
    if (!s || s.kind === "sum") return "";
    if (s.kind !== "dense") return `${s.kind === "scale" ? "Scale" : "Gain"} ${short(now[at + j])}, shift ${short(now[at + s.n + j])}.`;
    const from = Array.from({ length: Math.min(s.m, 8) }, (_, i) => `${k ? i + 1 : data.inputs[i]}: ${short(now[at + i * s.n + j])}`);
    const bias = s.bias ? ` Bias ${short(now[at + s.m * s.n + j])}.` : "";
    return `Weights from ${k ? "the neurons before it, " : ""}${from.join("; ")}${s.m > 8 ? "; …" : ""}.${bias}`;
  };

  const place = () => {
    const room = box.clientWidth, isNarrow = room < Math.max(560, 140 + final * 100), HEAD = 46;
    tile = isNarrow ? 40 : slots > 8 ? 46 : 56;
    const row = tile + (isNarrow ? 9 : 14), most = isNarrow ? 70 : 130, least = final * (tile + 44);
    const side = Math.max(70, Math.min(most, (room - least) / 2));
    const wide = Math.min(Math.max(room, 2 * side + least), 2 * side + final * 230), high = HEAD + slots * row;
    const across = (c) => side + (wide - 2 * side) * (c / final), down = (c, j) => HEAD + columns[c].slots.get(j) * row;
    const px = (node, name, value) => { node.style[name] = value + "px"; };
    px(inner, "width", wide);
    px(inner, "height", high);
    wires.setAttribute("viewBox", `0 0 ${wide} ${high}`);
    columns.forEach((column, c) => {
      px(column.head, "left", across(c));
      if (!column.dots) return;
      px(column.dots, "left", across(c));
      px(column.dots, "top", HEAD + (MOST - 1.5) * row);
    });
    for (const { button, c, j } of tiles) {
      px(button, "left", across(c));
      px(button, "top", down(c, j));
      px(button, "width", tile);
      px(button, "height", tile);
    }
    for (const { side: node, c, j } of sides) {
      px(node, "top", down(c, j));
      px(node, c ? "left" : "right", (c ? across(c) : wide - across(c)) + tile / 2 + 8);
      px(node, "maxWidth", side - tile / 2 - 8);
    }
    for (const { path, from, to } of lines) {
      const x0 = across(from[0]) + tile / 2, x1 = across(to[0]) - tile / 2, y0 = down(...from), y1 = down(...to);
      const bend = to[0] - from[0] > 1 ? -row / 2 : 0, middle = (x0 + x1) / 2;
      path.setAttribute("d", `M${x0} ${y0}C${middle} ${y0 + bend} ${middle} ${y1 + bend} ${x1} ${y1}`);
    }
  };
  const drawWires = (now) => {
    for (const { path, place: at } of lines) {
      if (at < 0) continue;
      const share = Math.min(Math.abs(now[at]) / (largest || 1), 1);
      path.setAttribute("class", (now[at] < 0 ? "minus" : "plus") + (path.classList.contains("lit") ? " lit" : ""));
      path.style.strokeWidth = (0.5 + 6 * share).toFixed(2);
      path.style.opacity = (0.12 + 0.8 * Math.sqrt(share)).toFixed(2);
    }
  };
  const light = (entry) => {
    for (const other of tiles) other.button.setAttribute("aria-pressed", String(other === entry));
    box.classList.toggle("chosen", entry !== null);
    for (const { path, from, to } of lines) {
      const isOwn = entry !== null && [from, to].some(([c, j]) => c === entry.c && j === entry.j);
      path.classList.toggle("lit", isOwn);
    }
  };
  return { tiles, place, drawWires, light, folded, weightsOf, needs: () => 140 + final * (tile + 44), tileSize: () => tile };
};
