/* The panel: what is to be known of one node. Names come from the computation, so everything is set as text. */
const el = (tag, name, ...parts) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...parts);
  return made;
};
const detail = get("detail"), choice = get("choice");
const output = nodes[data.output].n;
const clip = (text, most = 26) => (text.length > most ? text.slice(0, most - 9) + "…" + text.slice(-8) : text);
const frac = (over, under) => {
  const top = el("span", "", "∂" + over), slash = el("span", "unseen", "/"), bottom = el("span", "", "∂" + under);
  return el("span", "frac", top, slash, bottom);
};
const by = (i) => frac(clip(output), clip(nodes[i].n));
const bracket = (text) => (text.startsWith("−") ? "(" + text + ")" : text);
const link = (i) => {
  const button = el("button", "link", clip(nodes[i].n));
  button.type = "button";
  button.addEventListener("click", () => choose(i));
  return button;
};
const edgeOf = (consumer, parent) => nodes[consumer].e.find((edge) => edge[0] === parent);

/* One row: a neighbour, upstream x local, and what comes of it. */
const rowOf = (i, consumer, edge) => {
  const upstream = el("span", "g", nodes[consumer].u || nodes[consumer].g), product = el("span", "g", edge[2]);
  const row = el("tr", "", el("td", "", link(i)));
  if (edge[3]) {
    const all = el("td", "wide", upstream, ` ${edge[3]} `, el("span", "", edge[1]), " = ", product);
    all.colSpan = 5;
    row.append(all);
  } else {
    row.append(el("td", "", upstream), el("td", "quiet", "×"), el("td", "", bracket(edge[1])), el("td", "quiet", "="), el("td", "", product));
  }
  return row;
};
const tableOf = (rows, head) => {
  const heads = head.map((text, i) => el("th", "quiet", text));
  return el("div", "scroll", el("table", "", el("thead", "", el("tr", "", ...heads)), el("tbody", "", ...rows)));
};
const cellsOf = (numbers, name) => {
  const rows = numbers.map((row) => el("tr", "", ...row.map((text) => el("td", name, text))));
  return el("div", "scroll", el("table", "cells", el("tbody", "", ...rows)));
};

/* A chain as its nodes, the output first, from the links that the nodes keep. */
const chainOf = (i, rank) => {
  const way = [];
  for (let at = i, r = rank; at >= 0;) {
    way.unshift(at);
    [at, r] = nodes[at].w[r];
  }
  return way;
};
const MOST_FACTORS = 14;
const chainButton = (i, rank) => {
  const way = chainOf(i, rank), factors = [];
  for (let k = 1; k < way.length; k++) {
    const edge = edgeOf(way[k - 1], way[k]);
    factors.push((k > 1 ? ` ${edge[3] || "×"} ` : "") + (k > 1 ? bracket(edge[1]) : edge[1]));
  }
  const few = (list, between, dots) => (list.length > MOST_FACTORS ? [...list.slice(0, 8), dots, ...list.slice(-4)] : list).join(between);
  const button = el("button", "chain", el("span", "way", few(way.map((k) => clip(nodes[k].n)), " → ", "…")));
  button.type = "button";
  button.append(few(factors, "", " × …"), " = ", el("span", "g", nodes[i].w[rank][2]));
  const light = () => {
    ways.replaceChildren();
    for (let k = 1; k < way.length; k++) drawWay(ways, way[k], way[k - 1], "way");
  };
  for (const on of ["pointerenter", "focus"]) button.addEventListener(on, light);
  for (const off of ["pointerleave", "blur"]) button.addEventListener(off, () => ways.replaceChildren());
  button.addEventListener("click", light);
  return button;
};

const explainValue = (node) => {
  const sum = el("div", "sum", el("span", "n", clip(node.n, 60)));
  if (node.f) sum.append(" = ", el("span", "n", node.f));
  if (node.m) sum.append(el("br"), "= ", el("span", "v", node.m));
  if (node.f) sum.append(el("br"));
  else sum.append(" ");
  sum.append("= ", el("span", "v", node.v));
  return node.a ? [sum, cellsOf(node.a, "v")] : [sum];
};
const explainGradient = (node, i) => {
  const sum = el("div", "sum back", by(i), " = ", el("span", "g", node.g));
  const parts = node.b ? [sum, cellsOf(node.b, "g")] : [sum];
  if (i === data.output) sum.append(el("small", "", "Every chain begins here, with 1."));
  else if (!children[i].length) sum.append(el("small", "", "The output does not depend on it."));
  else {
    const rows = children[i].map((c) => rowOf(c, c, edgeOf(c, i)));
    if (rows.length > 1) {
      const total = el("tr", "total", el("td", "", "sum"), el("td"), el("td"), el("td"), el("td", "quiet", "="), el("td", "g", node.g));
      rows.push(total);
    }
    parts.push(el("h3", "", rows.length > 1 ? "The sum over its consumers" : "From its consumer"), tableOf(rows, ["", "upstream", "", "local", "", "product"]));
  }
  if (node.e) {
    const rows = node.e.map((edge) => rowOf(edge[0], i, edge));
    parts.push(el("h3", "", "What it passes on"), tableOf(rows, ["to", "upstream", "", "local", "", "product"]));
  }
  return parts;
};
const explainChains = (node, i) => {
  if (i === data.output || node.c === "0") return [];
  const found = node.w || [], one = node.c === "1";
  const parts = [el("h3", "", `${node.c} ${one ? "path" : "paths"} from ${clip(output)} to ${clip(node.n)}`)];
  const shown = found.slice(0, 3);
  if (String(shown.length) !== node.c && shown.length) parts[0].append("; the largest " + (shown.length > 1 ? shown.length : "one"));
  return [...parts, ...shown.map((_, rank) => chainButton(i, rank))];
};

/* How much of a node is told: all of it, or what has happened by now. */
const explain = (i, { value, gradient }) => {
  const node = nodes[i];
  ways.replaceChildren();
  detail.replaceChildren(el("h2", "", clip(node.n, 60)), el("span", "op", node.o.replaceAll("_", " ")));
  if (value) detail.append(...explainValue(node));
  if (gradient) detail.append(...explainGradient(node, i), ...explainChains(node, i));
  else detail.append(el("p", "quiet unsaid", value ? "Its gradient comes with the backward pass." : "It is not computed yet."));
};
/* The wires of a chosen node, also where the drawing is dense. */
const relate = (i) => {
  related.replaceChildren();
  drawing.querySelectorAll(".near").forEach((tag) => tag.classList.remove("near"));
  if (i < 0 || children[i].length > 200) return;
  const pairs = [...(nodes[i].e || []).map((edge) => [edge[0], i]), ...children[i].map((c) => [i, c])];
  for (const [parent, consumer] of pairs) {
    drawWay(related, parent, consumer, "near");
    const from = edges.get(parent + " " + consumer).dataset.from;
    if (from !== undefined) tags[Number(from)].classList.add("near");
  }
};
const introduce = () => {
  const key = (name, what) => el("li", "", el("kbd", "", name), " " + what);
  detail.replaceChildren(
    el("p", "", "First the values, from left to right. Then the gradients, from right to left: each node passes on its gradient times its local derivative."),
    el("p", "quiet", "Point at a node, or choose one, to see how it comes about."),
    el("ul", "quiet", key("space", "plays and pauses"), key("←", "back"), key("→", "step"), key("Home", "start"), key("End", "end"), key("+", "and "), key("f", "follows the step that plays")),
  );
  detail.querySelectorAll("li")[5].append(el("kbd", "", "−"), " zoom, ", el("kbd", "", "0"), " shows all");
};
nodes.forEach((node, i) => {
  const option = el("option", "", clip(node.n, 40));
  option.value = i;
  choice.append(option);
});
