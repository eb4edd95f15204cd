(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const get = (id) => document.getElementById(id);
  const data = JSON.parse(get("data").textContent);
  const { drawing, points, words } = makeMap(document.querySelector(".mapbox"), data);

  /* The replay: partitions of a chain on the map; each frame holds what changed since the one before. */
  if (!data.replays.length) return;
  const area = get("replay"), stage = area.querySelector(".stage");
  const figures = [...area.querySelectorAll(".bands")];
  const canvas = drawing.cloneNode(true);
  canvas.removeAttribute("aria-labelledby");
  canvas.setAttribute("aria-label", "The rows at the step shown");
  for (const part of canvas.querySelectorAll("title, .doubtful, .centres, .trails, .ring")) part.remove();
  const layer = canvas.querySelector(".points");
  layer.replaceChildren();
  stage.append(canvas);
  area.querySelector(".player").hidden = false;

  const paths = new Map();
  const pathOf = (cluster) => {
    if (!paths.has(cluster)) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", `mark c${cluster % 8}`);
      layer.append(path);
      paths.set(cluster, path);
    }
    return paths.get(cluster);
  };
  const paint = (labels) => {
    const marks = new Map();
    data.played.forEach((row, i) => {
      const cluster = labels[i], [dx, dy, outline] = data.shapes[cluster % data.shapes.length];
      if (!marks.has(cluster)) marks.set(cluster, []);
      marks.get(cluster).push(`M${(points[2 * row] + dx).toFixed(1)} ${(points[2 * row + 1] + dy).toFixed(1)}${outline}`);
    });
    for (const [cluster, path] of paths) {
      if (!marks.has(cluster)) { path.remove(); paths.delete(cluster); }
    }
    for (const [cluster, parts] of marks) pathOf(cluster).setAttribute("d", parts.join(""));
  };

  /* Labels of every frame of a chain, from the changes. */
  const unpack = (frames) => {
    const labels = new Uint16Array(data.played.length);
    return frames.map((frame) => {
      const pairs = words(frame.labels);
      for (let i = 0; i < pairs.length; i += 2) labels[pairs[i]] = pairs[i + 1];
      return labels.slice();
    });
  };

  let chain = 0, all = unpack(data.replays[0].frames);
  const frames = () => data.replays[chain].frames;
  const show = (index) => {
    paint(all[index]);
    const line = figures[chain].querySelector(".at"), x = (720 * index) / Math.max(frames().length - 1, 1);
    line.setAttribute("visibility", "visible");
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    return frames()[index];
  };
  const player = makePlayer(area, { last: () => frames().length - 1, delay: 240, show });
  const choose = (number) => {
    player.pause();
    chain = number;
    all = unpack(frames());
    figures.forEach((figure, i) => figure.classList.toggle("off-stage", i !== chain));
    player.begin();
  };
  figures.forEach((figure) => {
    figure.querySelector("svg").addEventListener("click", (event) => {
      const box = figure.querySelector("svg").getBoundingClientRect();
      player.pause();
      player.go(Math.round(((event.clientX - box.left) / box.width) * (frames().length - 1)));
    });
  });
  const which = get("which");
  if (which) which.addEventListener("change", () => choose(Number(which.value)));
  choose(0);
})();
