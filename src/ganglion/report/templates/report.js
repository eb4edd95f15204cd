(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const get = (id) => document.getElementById(id);
  const data = JSON.parse(get("data").textContent);

  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const words = (text) => new Uint16Array(bytes(text).buffer);
  const labelsOf = (text) => (data.wide ? words(text) : bytes(text));
  const placesOf = (text) => Array.from(words(text), (v) => v / 10);

  const points = placesOf(data.points);
  const finalLabels = labelsOf(data.labels);
  const byCluster = (parent, kind) => {
    const found = [];
    for (const node of parent.querySelectorAll(kind)) found[Number(node.dataset.cluster)] = node;
    return found;
  };

  /* The map: hover, tap, and a legend that lights up its cluster. */
  const map = get("map");
  const drawing = map.querySelector("svg");
  const tip = map.querySelector(".tip");
  const ring = map.querySelector(".ring");
  drawing.querySelectorAll(".mark title").forEach((title) => title.remove());

  const nearest = (x, y, reach) => {
    let best = -1, least = reach * reach;
    for (let i = 0; i < points.length; i += 2) {
      const dx = points[i] - x, dy = points[i + 1] - y, d = dx * dx + dy * dy;
      if (d < least) { least = d; best = i / 2; }
    }
    return best;
  };
  const hideTip = () => { tip.hidden = true; ring.setAttribute("visibility", "hidden"); };
  const showTip = (event) => {
    const box = drawing.getBoundingClientRect();
    const scale = drawing.viewBox.baseVal.width / box.width;
    const i = nearest((event.clientX - box.left) * scale, (event.clientY - box.top) * scale, 16 * scale);
    if (i < 0) return hideTip();
    const x = points[2 * i], y = points[2 * i + 1];
    ring.setAttribute("cx", x);
    ring.setAttribute("cy", y);
    ring.setAttribute("visibility", "visible");
    tip.textContent = "";
    for (const line of [data.names[finalLabels[i]], "row " + data.rows[i]]) {
      const part = document.createElement("bdi");
      part.textContent = line;
      if (tip.firstChild) tip.append(" · ");
      tip.append(part);
    }
    tip.hidden = false;
    const left = Math.min(Math.max(x / scale - tip.offsetWidth / 2, 0), box.width - tip.offsetWidth);
    const above = y / scale - tip.offsetHeight - 14;
    tip.style.transform = `translate(${left}px, ${above < 0 ? y / scale + 16 : above}px)`;
  };
  drawing.addEventListener("pointermove", showTip);
  drawing.addEventListener("pointerdown", showTip);
  drawing.addEventListener("pointerleave", hideTip);

  const light = (cluster) => {
    drawing.classList.toggle("dimmed", cluster !== null);
    drawing.querySelectorAll("[data-cluster]").forEach((node) => {
      node.classList.toggle("lit", node.dataset.cluster === cluster);
    });
  };
  for (const item of document.querySelectorAll(".legend li")) {
    for (const on of ["pointerenter", "focusin"]) item.addEventListener(on, () => light(item.dataset.cluster));
    for (const off of ["pointerleave", "focusout"]) item.addEventListener(off, () => light(null));
  }

  /* The replay: a list of frames, one slider over them. */
  if (!data.replay) return;
  const { steps, total, final, end } = data.replay;
  const area = get("replay"), stage = area.querySelector(".stage");
  const slider = get("slider"), play = get("play"), back = get("back"), forward = get("forward");
  const canvas = drawing.cloneNode(true);
  canvas.removeAttribute("aria-labelledby");
  canvas.setAttribute("aria-label", "The rows and centres at the step shown");
  canvas.querySelector("title").remove();
  stage.append(canvas);
  const marks = byCluster(canvas, ".mark"), centres = byCluster(canvas, ".centre");
  const now = document.querySelector(".descent .now");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  area.hidden = false;
  now.setAttribute("visibility", "visible");

  const frames = [{ phase: "Start.", what: "The centres before the first step.", at: steps[0].from, labels: null, step: steps[0] }];
  for (const step of steps) {
    const place = `Step ${step.number} of ${total}: `;
    frames.push({ phase: place + "assign.", what: step.assign, at: step.from, labels: step.labels, step });
    frames.push({ phase: place + "move.", what: step.move, at: step.to, labels: step.labels, step });
  }
  if (final) frames.push({ phase: "End: assign.", what: "", at: final, labels: data.labels, step: steps[steps.length - 1] });
  frames[frames.length - 1].what += " " + end;
  slider.max = frames.length - 1;

  const trails = marks.map((mark, j) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", centres[j].classList[1] + " trail");
    canvas.querySelector(".trails").append(path);
    return path;
  });

  const paint = (encoded) => {
    const labels = encoded ? labelsOf(encoded) : null;
    const paths = marks.map(() => []);
    for (let i = 0; i < points.length; i += 2) {
      const cluster = labels ? labels[i / 2] : 0;
      const [dx, dy, outline] = data.shapes[labels ? cluster % data.shapes.length : 0];
      paths[cluster].push(`M${(points[i] + dx).toFixed(1)} ${(points[i + 1] + dy).toFixed(1)}${outline}`);
    }
    canvas.classList.toggle("unassigned", !labels);
    marks.forEach((mark, j) => mark.setAttribute("d", paths[j].join("")));
  };
  const putCentres = (places) => {
    centres.forEach((node, j) => node.setAttribute("transform", `translate(${places[2 * j]} ${places[2 * j + 1]})`));
  };
  const drawTrails = (frame) => {
    const way = frames.slice(0, frame + 1).map((f) => placesOf(f.at));
    trails.forEach((path, j) => {
      path.setAttribute("d", "M" + way.map((p) => p[2 * j] + " " + p[2 * j + 1]).join("L"));
    });
  };

  let current = -1, painted, moving = 0, timer = 0;
  const glide = (from, to) => {
    cancelAnimationFrame(moving);
    const began = performance.now(), lasts = 380;
    const tick = (time) => {
      const t = Math.min(Math.max((time - began) / lasts, 0), 1), eased = t * t * (3 - 2 * t);
      putCentres(from.map((v, i) => v + (to[i] - v) * eased));
      if (t < 1) moving = requestAnimationFrame(tick);
    };
    moving = requestAnimationFrame(tick);
  };
  const show = (index) => {
    const target = Math.min(Math.max(index, 0), frames.length - 1);
    if (target === current) return;
    const frame = frames[target], places = placesOf(frame.at);
    if (painted !== frame.labels) { paint(frame.labels); painted = frame.labels; }
    if (target === current + 1 && !still.matches) glide(placesOf(frames[current < 0 ? 0 : current].at), places);
    else { cancelAnimationFrame(moving); putCentres(places); }
    current = target;
    drawTrails(current);
    slider.value = current;
    slider.setAttribute("aria-valuetext", frame.phase);
    get("phase").textContent = frame.phase;
    get("what").textContent = frame.what.trim();
    now.setAttribute("cx", frame.step.mark[0]);
    now.setAttribute("cy", frame.step.mark[1]);
    back.disabled = current === 0;
    forward.disabled = current === frames.length - 1;
  };

  const pause = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
    get("phase").parentNode.setAttribute("aria-live", "polite");
  };
  const start = () => {
    if (current === frames.length - 1) show(0);
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    get("phase").parentNode.setAttribute("aria-live", "off");
    timer = setInterval(() => {
      show(current + 1);
      if (current === frames.length - 1) pause();
    }, Math.min(900, Math.max(220, 40000 / frames.length)));
  };
  const step = (by) => { pause(); show(current + by); };

  play.addEventListener("click", () => (timer ? pause() : start()));
  back.addEventListener("click", () => step(-1));
  forward.addEventListener("click", () => step(1));
  slider.addEventListener("input", () => { pause(); show(Number(slider.value)); });
  const keys = {
    ArrowLeft: () => step(-1), ArrowRight: () => step(1), ArrowDown: () => step(-1), ArrowUp: () => step(1),
    Home: () => step(-frames.length), End: () => step(frames.length),
  };
  area.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const vertical = event.key === "ArrowUp" || event.key === "ArrowDown";
    if (event.target.matches("button") && event.key === " ") return;
    if (vertical && event.target !== slider) return;
    if (event.key === " ") play.click();
    else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
  });
  show(0);
})();
