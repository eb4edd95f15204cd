(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const get = (id) => document.getElementById(id);
  const data = JSON.parse(get("data").textContent);
  const { drawing, points, labelsOf, placesOf } = makeMap(document.querySelector(".mapbox"), data);
  const byCluster = (parent, kind) => {
    const found = [];
    for (const node of parent.querySelectorAll(kind)) found[Number(node.dataset.cluster)] = node;
    return found;
  };

  /* The replay: a list of frames, one slider over them. */
  if (!data.replay) return;
  const { steps, total, final, end } = data.replay;
  const area = get("replay"), stage = area.querySelector(".stage");
  const canvas = drawing.cloneNode(true);
  canvas.removeAttribute("aria-labelledby");
  canvas.setAttribute("aria-label", "The rows and centres at the step shown");
  canvas.querySelector("title").remove();
  stage.append(canvas);
  const shades = [...canvas.querySelectorAll(".shade")];
  if (shades.length) {
    /* A map of densities: the steps are played on the rows that are drawn one by one. */
    canvas.querySelector(".points").replaceChildren(...shades.map((shade) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", "mark " + shade.classList[1]);
      path.dataset.cluster = shade.dataset.cluster;
      return path;
    }));
  }
  canvas.querySelectorAll("[data-cluster]").forEach((node) => node.classList.remove("unshown"));
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

  let painted, moving = 0;
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
  const show = (index, before) => {
    const frame = frames[index], places = placesOf(frame.at);
    if (painted !== frame.labels) { paint(frame.labels); painted = frame.labels; }
    if (index === before + 1 && !still.matches) glide(placesOf(frames[Math.max(before, 0)].at), places);
    else { cancelAnimationFrame(moving); putCentres(places); }
    drawTrails(index);
    now.setAttribute("cx", frame.step.mark[0]);
    now.setAttribute("cy", frame.step.mark[1]);
    return { phase: frame.phase, what: frame.what.trim() };
  };
  const delay = Math.min(900, Math.max(220, 40000 / frames.length));
  makePlayer(area, { last: () => frames.length - 1, delay, show }).begin();
})();
