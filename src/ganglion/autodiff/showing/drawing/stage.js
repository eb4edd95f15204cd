const SVG = "http://www.w3.org/2000/svg";
const get = (id) => document.getElementById(id);
const data = JSON.parse(get("data").textContent);
const drawing = get("drawing"), stage = get("stage");
const still = matchMedia("(prefers-reduced-motion: reduce)");

/* What is drawn, by the nodes' numbers. */
const nodes = data.nodes, shapes = [], stems = [], edges = new Map(), shares = new Map();
for (const shape of drawing.querySelectorAll("[data-node]")) shapes[Number(shape.dataset.node)] = shape;
for (const stem of drawing.querySelectorAll("[data-stem]")) stems[Number(stem.dataset.stem)] = stem;
for (const edge of drawing.querySelectorAll("[data-edge]")) edges.set(edge.dataset.edge, edge);
for (const share of drawing.querySelectorAll("[data-share]")) shares.set(share.dataset.share, share);
const tags = drawing.querySelectorAll("[data-tag]");
const children = nodes.map(() => []);
nodes.forEach((node, i) => (node.e || []).forEach((edge) => children[edge[0]].push(i)));
const layer = (name, before) => {
  const group = document.createElementNS(SVG, "g");
  group.setAttribute("class", name);
  drawing.querySelector(".drawing").insertBefore(group, before);
  return group;
};
const flow = layer("flow", drawing.querySelector(".wires").nextSibling);
const chips = layer("chips", null);
const ways = layer("flow", flow.nextSibling), related = layer("flow", flow);

/* The whole way of an edge from its source to its consumer; where it was cut, by way of the tag. */
const wayOf = (parent, consumer) => {
  const edge = edges.get(parent + " " + consumer), stem = stems[parent].getAttribute("d");
  const parts = Array.from(edge.querySelectorAll(".wire"), (path) => path.getAttribute("d"));
  const from = edge.dataset.from;
  parts.unshift(from === undefined ? stem : tags[Number(from)].querySelector(".wire").getAttribute("d"));
  const joined = parts.map((part, i) => (i ? "L" + part.slice(1) : part)).join("");
  return from === undefined ? joined : stem + joined;
};
const drawWay = (group, parent, consumer, name) => {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", wayOf(parent, consumer));
  path.setAttribute("pathLength", 1);
  if (name) path.setAttribute("class", name);
  group.append(path);
};

/* The view: a part of the drawing, in its own units. */
const whole = { x: 0, y: 0, w: drawing.viewBox.baseVal.width, h: drawing.viewBox.baseVal.height };
let view = { ...whole }, gliding = 0, follows = false;
const put = (v) => {
  view = v;
  drawing.setAttribute("viewBox", [v.x, v.y, v.w, v.h].map((n) => n.toFixed(2)).join(" "));
};
const LARGEST = 2.3;
/* The same view in the stage's proportions, so that a unit is as wide as it is high. */
const shaped = (v) => {
  const box = drawing.getBoundingClientRect(), ratio = box.width / Math.max(box.height, 1);
  const w = Math.max(v.w, v.h * ratio, box.width / LARGEST), h = w / ratio;
  return { x: v.x - (w - v.w) / 2, y: v.y - (h - v.h) / 2, w, h };
};
const scale = () => drawing.getBoundingClientRect().width / view.w;
const glide = (to) => {
  cancelAnimationFrame(gliding);
  if (still.matches) return put(to);
  const from = view, began = performance.now();
  const tick = (time) => {
    const t = Math.min(Math.max((time - began) / 420, 0), 1), e = t * t * (3 - 2 * t);
    const mix = (a, b) => a + (b - a) * e;
    put({ x: mix(from.x, to.x), y: mix(from.y, to.y), w: mix(from.w, to.w), h: mix(from.h, to.h) });
    if (t < 1) gliding = requestAnimationFrame(tick);
  };
  gliding = requestAnimationFrame(tick);
};
const zoom = (by, x = view.x + view.w / 2, y = view.y + view.h / 2) => {
  cancelAnimationFrame(gliding);
  const most = shaped(whole).w * 1.5, least = Math.min(150, most);
  const w = Math.min(Math.max(view.w / by, least), most), k = w / view.w;
  put({ x: x - (x - view.x) * k, y: y - (y - view.y) * k, w, h: view.h * k });
};
const setFollow = (on) => {
  follows = on;
  get("follow").setAttribute("aria-pressed", String(on));
};
const fit = () => { setFollow(false); glide(shaped(whole)); };

/* Bring the nodes of a step into view, if they are not there; at a size at which they can be read. */
const READABLE = 0.85;
const boxes = shapes.map((shape) => shape.getBBox());
const focusOn = (list) => {
  if (!list.length) return;
  const box = drawing.getBoundingClientRect();
  let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
  for (const i of list) {
    const b = boxes[i];
    x0 = Math.min(x0, b.x); y0 = Math.min(y0, b.y); x1 = Math.max(x1, b.x + b.width); y1 = Math.max(y1, b.y + b.height);
  }
  const room = 40, first = boxes[list[0]];
  let w = Math.min(box.width / READABLE, shaped(whole).w), h = w * box.height / box.width;
  const fits = x1 - x0 + room < w && y1 - y0 + room < h;
  const near = scale() > READABLE * 0.9 && view.w <= w * 1.3;
  const seen = x0 > view.x + room / 2 && x1 < view.x + view.w - room / 2 && y0 > view.y + room && y1 < view.y + view.h - room;
  if (near && seen) return;
  /* Where not all of them fit: the node itself, with more room on its left, where its parents are. */
  const cx = fits ? (x0 + x1) / 2 : first.x + first.width / 2 - w / 5, cy = fits ? (y0 + y1) / 2 : first.y + first.height / 2;
  const inside = (at, size, all) => (size >= all ? (all - size) / 2 : Math.min(Math.max(at, 0), all - size));
  glide({ x: inside(cx - w / 2, w, whole.w), y: inside(cy - h / 2, h, whole.h), w, h });
};

/* Drag with one pointer, pinch with two, zoom with the wheel. */
const pointers = new Map();
let moved = 0;
const place = (event) => {
  const box = drawing.getBoundingClientRect();
  return { x: view.x + (event.clientX - box.left) / box.width * view.w, y: view.y + (event.clientY - box.top) / box.height * view.h };
};
drawing.addEventListener("pointerdown", (event) => {
  if (!pointers.size) moved = 0;
  pointers.set(event.pointerId, event);
});
addEventListener("pointermove", (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) return;
  const others = [...pointers.values()].filter((p) => p.pointerId !== event.pointerId);
  const dx = event.clientX - last.clientX, dy = event.clientY - last.clientY;
  moved += Math.abs(dx) + Math.abs(dy);
  pointers.set(event.pointerId, event);
  if (moved < 5) return;
  drawing.classList.add("held");
  setFollow(false);
  cancelAnimationFrame(gliding);
  const share = 1 / scale() / (others.length + 1);
  put({ ...view, x: view.x - dx * share, y: view.y - dy * share });
  if (others.length === 1) {
    const gap = (p) => Math.hypot(p.clientX - others[0].clientX, p.clientY - others[0].clientY);
    const middle = place({ clientX: (event.clientX + others[0].clientX) / 2, clientY: (event.clientY + others[0].clientY) / 2 });
    zoom(gap(event) / Math.max(gap(last), 1), middle.x, middle.y);
  }
});
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, (event) => {
  pointers.delete(event.pointerId);
  if (!pointers.size) drawing.classList.remove("held");
});
drawing.addEventListener("wheel", (event) => {
  event.preventDefault();
  const at = place(event);
  setFollow(false);
  zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), at.x, at.y);
}, { passive: false });
get("in").addEventListener("click", () => zoom(1.35));
get("out").addEventListener("click", () => zoom(1 / 1.35));
get("fit").addEventListener("click", fit);
