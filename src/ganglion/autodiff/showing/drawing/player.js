/* The player: a list of steps, and the drawing at any of them. */
const steps = data.steps, GIVEN = 0, FORWARD = 1, TURN = 2, BACKWARD = 3;
const slider = get("slider"), play = get("play");
const turn = steps.findIndex((step) => step.p === TURN);
const computedAt = nodes.map(() => 0), passedAt = nodes.map(() => Infinity);
steps.forEach((step, k) => {
  if (step.p === FORWARD) computedAt[step.n] = k;
  if (step.p === BACKWARD) passedAt[step.n] = k;
});
const gradedAt = nodes.map((node, i) => (i === data.output ? turn : children[i].reduce((k, c) => Math.max(k, passedAt[c]), turn)));
const finalText = shapes.map((shape) => { const label = shape.querySelector(".gradient"); return label ? label.textContent : ""; });
slider.max = steps.length - 1;
slider.style.setProperty("--turn", `${100 * turn / (steps.length - 1)}%`);
drawing.classList.add("plays");

let current = -1, timer = 0, pinned = -1, under = -1;

/* What is said. */
const pieces = { n: "n", v: "v", g: "g", l: "l" };
const said = (piece) => (piece[0] === "d" ? frac(piece[1], piece[2]) : piece[0] === "t" ? piece[1] : el("span", pieces[piece[0]], piece[1]));
const narrate = (step) => {
  const narration = get("narration");
  narration.classList.toggle("many", step.t.length > 2);
  narration.replaceChildren(...step.t.map((line) => el("p", "", ...line.map(said))));
  const name = step.n < 0 ? "" : nodes[step.n].n;
  const words = ["What is given", "Forward: compute ", "From forward to backward", "Backward: pass on the gradient of ", "Done"][step.p];
  get("phase").replaceChildren(words, ...(step.p === FORWARD || step.p === BACKWARD ? [el("span", "n", clip(name, 50))] : []));
  get("narration").parentNode.scrollTop = 0;
};

/* What is drawn. */
const paintLabels = (k) => {
  const texts = new Map();
  for (let j = turn; j <= k; j++) for (const [i, text] of steps[j].s) texts.set(i, text);
  shapes.forEach((shape, i) => {
    const known = k >= computedAt[i], graded = texts.has(i) || (k >= turn && !children[i].length);
    shape.classList.toggle("known", known);
    shape.classList.toggle("graded", graded);
    shape.classList.toggle("partial", graded && k < gradedAt[i]);
    const label = shape.querySelector(".gradient");
    if (label) label.textContent = graded && k < gradedAt[i] ? texts.get(i) : finalText[i];
  });
  for (const [key, share] of shares) share.classList.toggle("passed", k >= passedAt[Number(key.split(" ")[1])]);
};
/* A local derivative on its wire: (x, y) is the right end. */
const chip = (x, y, text) => {
  const group = document.createElementNS(SVG, "g"), box = document.createElementNS(SVG, "rect"), label = document.createElementNS(SVG, "text");
  label.setAttribute("y", y + 4.2);
  label.textContent = text;
  group.append(box, label);
  chips.append(group);
  const wide = label.getComputedTextLength() + 11;
  label.setAttribute("x", x - wide / 2);
  for (const [name, value] of Object.entries({ x: x - wide, y: y - 9, width: wide, height: 18, rx: 9 })) box.setAttribute(name, value);
};
const paintChips = (step) => {
  const found = [];
  for (const [parent, local, , sign, size] of nodes[step.n].e || []) {
    if (nodes[parent].o === "constant") continue;
    const [x, y] = edges.get(parent + " " + step.n).dataset.local.split(" ").map(Number);
    found.push({ x, y, text: sign ? `${sign} ${size || local}` : "× " + local });
  }
  found.sort((a, b) => a.y - b.y);
  const crowded = found.some((end, k) => k && end.y - found[k - 1].y < 19);
  const middle = found.reduce((sum, end) => sum + end.y, 0) / found.length;
  found.forEach((end, k) => chip(end.x, crowded ? middle + 20 * (k - (found.length - 1) / 2) : end.y, end.text));
};
const paintFlow = (step) => {
  flow.replaceChildren();
  chips.replaceChildren();
  tags.forEach((tag) => tag.classList.remove("lit"));
  drawing.querySelectorAll(".now").forEach((shape) => shape.classList.remove("now"));
  drawing.classList.toggle("back", step.p >= TURN);
  if (step.n < 0) return;
  shapes[step.n].classList.add("now");
  if (step.p === TURN) return;
  for (const [parent] of nodes[step.n].e || []) {
    drawWay(flow, parent, step.n);
    const from = edges.get(parent + " " + step.n).dataset.from;
    if (from !== undefined) tags[Number(from)].classList.add("lit");
  }
  if (step.p === BACKWARD) paintChips(step);
};

const show = (index) => {
  const target = Math.min(Math.max(index, 0), steps.length - 1);
  if (target === current) return;
  current = target;
  const step = steps[current];
  paintLabels(current);
  paintFlow(step);
  narrate(step);
  slider.value = current;
  slider.setAttribute("aria-valuetext", `Step ${current} of ${steps.length - 1}. ${get("phase").textContent}`);
  get("count").textContent = `${current} of ${steps.length - 1}`;
  get("back").disabled = get("restart").disabled = current === 0;
  get("forward").disabled = get("end").disabled = current === steps.length - 1;
  if (follows) focusOn(playing());
  present();
};

/* The nodes of a step: the one that it is about, and its parents. */
const playing = () => {
  const i = steps[current].n;
  return i < 0 ? [] : [i, ...(nodes[i].e || []).map((edge) => edge[0])];
};

/* Whom the panel is about: the node under the pointer, else the chosen one, else the one that plays. */
const present = () => {
  const step = steps[current], chosen = under >= 0 ? under : pinned;
  drawing.querySelectorAll(".chosen").forEach((shape) => shape.classList.remove("chosen"));
  if (pinned >= 0) shapes[pinned].classList.add("chosen");
  choice.value = pinned;
  relate(chosen);
  if (chosen >= 0) explain(chosen, { value: true, gradient: true });
  else if (step.n >= 0) explain(step.n, { value: true, gradient: current >= turn });
  else introduce();
};
const choose = (i) => {
  pinned = i;
  under = -1;
  present();
  if (follows) focusOn(i < 0 ? playing() : [i]);
};
shapes.forEach((shape, i) => {
  shape.querySelectorAll("title").forEach((title) => title.remove());
  shape.setAttribute("role", "button");
  shape.setAttribute("aria-label", `${nodes[i].n}, ${nodes[i].o}`);
  if (shapes.length <= 60) shape.setAttribute("tabindex", 0);
  shape.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse" && !pointers.size) { under = i; present(); } });
  shape.addEventListener("pointerleave", () => { if (under === i) { under = -1; present(); } });
  shape.addEventListener("focus", () => { if (shape.matches(":focus-visible")) choose(i); });
  shape.addEventListener("click", () => { if (moved < 5) choose(pinned === i ? -1 : i); });
});
choice.addEventListener("change", () => {
  choose(Number(choice.value));
  if (pinned >= 0) focusOn([pinned]);
});

/* Playing: never longer than about two minutes, and slow where there is little. */
const pause = () => {
  clearTimeout(timer);
  timer = 0;
  document.body.classList.remove("on");
  get("playing").textContent = "Play";
  play.setAttribute("aria-label", "Play");
  get("narration").parentNode.setAttribute("aria-live", "polite");
};
const wait = () => {
  const words = steps[current].t.length;
  const calm = Math.min(1500 + 500 * words, 120000 / steps.length);
  timer = setTimeout(() => {
    show(current + 1);
    if (current === steps.length - 1) pause();
    else wait();
  }, Math.max(calm / Number(get("speed").value), 60));
};
const start = () => {
  if (current === steps.length - 1) show(0);
  document.body.classList.add("on");
  get("playing").textContent = "Pause";
  play.setAttribute("aria-label", "Pause");
  get("narration").parentNode.setAttribute("aria-live", "off");
  timer = 1;
  wait();
};
const step = (by) => { pause(); show(current + by); };
play.addEventListener("click", () => (timer ? pause() : start()));
get("restart").addEventListener("click", () => step(-steps.length));
get("back").addEventListener("click", () => step(-1));
get("forward").addEventListener("click", () => step(1));
get("end").addEventListener("click", () => step(steps.length));
slider.addEventListener("input", () => { pause(); show(Number(slider.value)); });
get("follow").addEventListener("click", () => {
  setFollow(!follows);
  if (follows) focusOn(playing());
});
const keys = {
  ArrowLeft: () => step(-1), ArrowRight: () => step(1), Home: () => step(-steps.length), End: () => step(steps.length),
  " ": () => play.click(), "+": () => zoom(1.35), "=": () => zoom(1.35), "-": () => zoom(1 / 1.35), 0: fit,
  f: () => get("follow").click(), Escape: () => choose(-1),
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("select")) return;
  const shape = event.target.closest("[data-node]");
  if (event.key === "Enter" && shape) choose(Number(shape.dataset.node));
  else if (event.key === " " && event.target.matches("button")) return;
  else if (keys[event.key]) keys[event.key]();
  else return;
  event.preventDefault();
});

/* The first view: all of it where it can be read so, otherwise near the step that plays. */
const arrange = () => {
  put(shaped(whole));
  const legible = scale() >= 0.62;
  setFollow(!legible);
  if (!legible) {
    const box = drawing.getBoundingClientRect(), w = Math.min(box.width / READABLE, view.w), h = w * box.height / box.width;
    put({ x: 0, y: Math.max(0, (whole.h - h) / 2) * (whole.h < 1.5 * h), w, h });
  }
};
new ResizeObserver(() => {
  const middle = { x: view.x + view.w / 2, y: view.y + view.h / 2 };
  if (follows || scale() < 0.2) return put(shaped({ ...view }));
  const v = shaped({ ...view, x: middle.x - view.w / 2, y: middle.y - view.h / 2 });
  put(v);
}).observe(stage);
arrange();
show(0);
