(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const get = (id) => document.getElementById(id);
  const make = (tag, parent, className) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    parent.append(node);
    return node;
  };
  const data = JSON.parse(get("data").textContent);
  const decode = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const { stages, words, domain } = data;
  const parameters = decode(data.parameters), size = parameters.length / words.length;
  const parametersOf = (frame) => parameters.subarray(frame * size, (frame + 1) * size);
  const points = decode(data.points), targets = decode(data.targets);
  const isClasses = data.task === "classes", isBinary = isClasses && stages[stages.length - 1].n === 1;
  const network = makeNetwork(stages, data.reach, decode);

  /* Places: a grid as fine as the network is small, and the points. */
  const side = Math.max(24, Math.min(84, Math.floor(Math.sqrt(9e6 / (size + 40)))));
  const grid = [new Float32Array(side * side), new Float32Array(side * side)];
  for (let r = 0; r < side; r++) {
    for (let c = 0; c < side; c++) {
      grid[0][r * side + c] = domain[0] + (domain[1] - domain[0]) * c / (side - 1);
      grid[1][r * side + c] = domain[3] + (domain[2] - domain[3]) * r / (side - 1);
    }
  }
  const split = (j) => Float32Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + j]);
  const here = [split(0), split(1)];
  const overGrid = network.at(grid), overPoints = network.at(here);

  /* The middle of each neuron's colours and how far they reach, from some moments of the whole training. */
  const middles = stages.map((s) => (s.g === "sigmoid" || s.g === "softmax" ? 0.5 : 0));
  const reaches = stages.map((s, k) => new Float32Array(s.n).fill(middles[k]));
  for (let i = 0; i < 12; i++) {
    const seen = overPoints.run(parametersOf(Math.round(i * (words.length - 1) / 11)));
    seen.forEach((neurons, k) => neurons.forEach((z, j) => {
      if (!middles[k]) for (const v of z) reaches[k][j] = Math.max(reaches[k][j], Math.abs(v));
    }));
  }

  /* Colours, from the style sheet, so that light and dark are said once. */
  const HEIGHTS = [[0, 34, 78], [65, 77, 107], [124, 123, 120], [188, 175, 111], [254, 232, 56]];
  let palette;
  const readPalette = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => {
      const hex = style.getPropertyValue(name).trim().slice(1);
      return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
    };
    palette = {
      plus: colour("--plus"), minus: colour("--minus"), middle: colour("--middle"), panel: colour("--panel"),
      ink: style.getPropertyValue("--ink"), paper: style.getPropertyValue("--paper"),
      classes: data.classes.map((_, k) => colour(`--k${k % 8}`)),
    };
  };
  const css = (c) => `rgb(${c.map(Math.round).join(" ")})`;
  const blend = (a, b, t) => [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])];
  const signed = (t) => blend(palette.middle, t < 0 ? palette.minus : palette.plus, Math.min(Math.abs(t), 1));
  const heightOf = (v) => {
    const [low, high] = data.range, at = Math.min(Math.max((v - low) / (high - low || 1), 0), 1) * (HEIGHTS.length - 1);
    const i = Math.min(Math.floor(at), HEIGHTS.length - 2);
    return blend(HEIGHTS[i], HEIGHTS[i + 1], at - i);
  };

  const image = new ImageData(side, side);
  const paper = document.createElement("canvas");
  paper.width = paper.height = side;
  const paint = (colourAt) => {
    for (let i = 0; i < side * side; i++) {
      const c = colourAt(i);
      image.data.set([c[0], c[1], c[2], 255], 4 * i);
    }
    paper.getContext("2d").putImageData(image, 0, 0);
  };
  const paintNeuron = (z, k, j) => {
    const by = 1 / (middles[k] || reaches[k][j] || 1);
    paint((i) => signed((z[i] - middles[k]) * by));
  };
  const paintInput = (j) => {
    const low = domain[2 * j], high = domain[2 * j + 1];
    paint((i) => signed(2 * (grid[j][i] - low) / (high - low) - 1));
  };
  const winnerAt = (out, i) => {
    if (isBinary) return out[0][i] > 0.5 ? 1 : 0;
    let best = 0;
    for (let k = 1; k < out.length; k++) if (out[k][i] > out[best][i]) best = k;
    return best;
  };
  const paintClasses = (out) => {
    const least = 1 / data.classes.length;
    paint((i) => {
      const k = winnerAt(out, i), share = isBinary ? (k ? out[0][i] : 1 - out[0][i]) : out[k][i];
      return blend(palette.panel, palette.classes[k], 0.08 + 0.5 * Math.max(0, (share - least) / (1 - least)));
    });
  };
  // In logarithms of probabilities borders are straight where the network is: a coarse grid is enough to follow them.
  const borders = (out) => {
    const logs = out.map((z) => z.map((v) => Math.log(Math.max(v, 1e-30))));
    if (isBinary) return [zeroLines(out[0].map((v, i) => logs[0][i] - Math.log(Math.max(1 - v, 1e-30))), side)];
    const lead = (k) => logs[k].map((v, i) => v - Math.max(...logs.map((z, t) => (t === k ? -Infinity : z[i]))));
    return out.slice(0, out.length > 2 ? out.length : 1).map((_, k) => zeroLines(lead(k), side));
  };

  /* The large surface. */
  const surface = get("surface"), stage = surface.parentNode;
  const fit = (canvas, wide, high) => {
    const ratio = Math.min(devicePixelRatio || 1, 2), w = Math.round(wide * ratio), h = Math.round(high * ratio);
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    return [pen, w, h, ratio];
  };
  // Values are known at the grid's places, which are the middles of the image's pixels.
  const spread = (pen, w, h) => pen.drawImage(paper, 0.5, 0.5, side - 1, side - 1, 0, 0, w, h);
  const drawPoints = (pen, w, h, ratio) => {
    const crowd = targets.length, scale = ratio * (crowd > 600 ? 0.6 : crowd > 200 ? 0.8 : 1.1);
    targets.forEach((target, i) => {
      const [dx, dy, outline] = data.shapes[isClasses ? target % data.shapes.length : 0];
      const x = (points[2 * i] - domain[0]) / (domain[1] - domain[0]) * w;
      const y = (domain[3] - points[2 * i + 1]) / (domain[3] - domain[2]) * h;
      pen.setTransform(scale, 0, 0, scale, x, y);
      const path = new Path2D(`M${dx} ${dy}${outline}`);
      pen.fillStyle = css(isClasses ? palette.classes[target] : heightOf(target));
      pen.strokeStyle = palette.paper;
      pen.lineWidth = 1.4;
      pen.stroke(path);
      pen.fill(path);
    });
    pen.setTransform(1, 0, 0, 1, 0, 0);
  };
  const drawSurface = (outputs) => {
    const [pen, w, h, ratio] = fit(surface, stage.clientWidth, stage.clientHeight);
    const last = outputs[outputs.length - 1];
    if (chosen && chosen.k < 0) paintInput(chosen.j);
    else if (chosen) paintNeuron(outputs[chosen.k][chosen.j], chosen.k, chosen.j);
    else if (isClasses) paintClasses(last);
    else paint((i) => heightOf(last[0][i]));
    pen.imageSmoothingQuality = "high";
    spread(pen, w, h);
    if (isClasses) {
      pen.strokeStyle = palette.ink;
      pen.lineWidth = 1.6 * ratio;
      pen.lineCap = "round";
      pen.beginPath();
      for (const [a, b] of borders(last).flat()) {
        pen.moveTo(a[0] / (side - 1) * w, a[1] / (side - 1) * h);
        pen.lineTo(b[0] / (side - 1) * w, b[1] / (side - 1) * h);
      }
      pen.stroke();
    }
    drawPoints(pen, w, h, ratio);
  };

  /* The diagram of the neurons. */
  let chosen = null;
  const choose = (entry) => {
    chosen = chosen === entry ? null : entry;
    diagram.light(chosen);
    redraw();
  };
  const box = get("diagram"), diagram = makeDiagram(box, { data, words, parametersOf, make, choose });
  get("folded").hidden = !diagram.folded;
  get("folded").textContent = diagram.folded;
  const drawTiles = (outputs) => {
    for (const entry of diagram.tiles) {
      const [pen, w, h] = fit(entry.canvas, diagram.tileSize(), diagram.tileSize());
      if (entry.k < 0) {
        paintInput(entry.j);
      } else paintNeuron(outputs[entry.k][entry.j], entry.k, entry.j);
      pen.imageSmoothingQuality = "high";
      spread(pen, w, h);
    }
  };
  /* What is shown of one moment. */
  const percent = (share) => {
    const text = (100 * share).toFixed(1).replace(/\.0$/, "");
    return (text === "100" && share < 1 ? "> 99.9" : text) + "\u00a0%";
  };
  const slider = get("slider"), play = get("play"), back = get("back"), forward = get("forward");
  const chart = get("losses");
  const markers = { train: chart.querySelector("circle.train"), validate: chart.querySelector("circle.validate") };
  const cursor = chart.querySelector(".cursor");
  const total = data.total.toLocaleString("en");
  const last = words.length - 1;
  let current = -1, wanted = 0;
  const put = (circle, place) => {
    if (!circle) return;
    circle.setAttribute("visibility", place ? "visible" : "hidden");
    if (place) { circle.setAttribute("cx", place[0]); circle.setAttribute("cy", place[1]); }
  };
  const say = (id, text) => { const node = get(id); if (node && node.textContent !== text) node.textContent = text; };
  const redraw = () => {
    const now = parametersOf(current), outputs = overGrid.run(now), word = words[current];
    drawSurface(outputs);
    drawTiles(outputs);
    diagram.drawWires(now);
    const when = word.epoch ? `Epoch ${word.epoch.toLocaleString("en")} of ${total}` : "Before training";
    let what = `Loss ${word.loss}` + (word.validation ? `, validation loss ${word.validation}` : "") + ".";
    if (isClasses) {
      const answers = overPoints.run(now).at(-1);
      let right = 0;
      targets.forEach((target, i) => { right += winnerAt(answers, i) === target; });
      say("n-right", percent(right / targets.length));
      what += ` ${percent(right / targets.length)} of the points on their side.`;
    }
    say("phase", when + ".");
    say("what", what);
    say("n-epoch", word.epoch.toLocaleString("en"));
    say("n-loss", word.loss);
    say("n-validation", word.validation || "–");
    say("n-rate", word.rate || "–");
    const shows = chosen ? `What ${chosen.called} answers` : isClasses ? "What the network answers: the class, the stronger the surer" : "What the network answers";
    say("says", shows);
    say("large-says", chosen ? chosen.called.replace(/^./, (c) => c.toUpperCase()) : "The network");
    say("large-weights", chosen ? diagram.weightsOf(chosen, now) : "");
    const large = get("large"), [pen, w, h] = fit(large, large.clientWidth, large.clientHeight);
    if (surface.width && surface.height) pen.drawImage(surface, 0, 0, w, h);
    surface.setAttribute("aria-label", `${shows}. ${when}. ${what}`);
    slider.setAttribute("aria-valuetext", when);
    put(markers.train, word.at);
    put(markers.validate, word.also);
    cursor.setAttribute("x1", word.at[0]);
    cursor.setAttribute("x2", word.at[0]);
    back.disabled = current === 0;
    forward.disabled = current === last;
  };
  const show = (frame) => {
    const target = Math.min(Math.max(frame, 0), last);
    if (target === current) return;
    current = target;
    slider.value = current;
    redraw();
  };

  /* Playing. Frames follow the clock, so that a slow machine skips some and still ends in time. */
  let playing = 0, began = 0, from = 0;
  const pause = () => {
    cancelAnimationFrame(playing);
    playing = 0;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
    get("phase").parentNode.setAttribute("aria-live", "polite");
  };
  const tick = (time) => {
    const perFrame = Math.min(400, Math.max(33, 14000 / words.length)) / Number(get("speed").value);
    wanted = from + Math.floor(Math.max(0, time - began) / perFrame);
    show(wanted);
    if (current === last) pause();
    else playing = requestAnimationFrame(tick);
  };
  const start = () => {
    if (current === last) show(0);
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    get("phase").parentNode.setAttribute("aria-live", "off");
    from = current;
    began = performance.now();
    playing = requestAnimationFrame(tick);
  };
  const step = (by) => { pause(); show(current + by); };
  play.addEventListener("click", () => (playing ? pause() : start()));
  back.addEventListener("click", () => step(-1));
  forward.addEventListener("click", () => step(1));
  slider.addEventListener("input", () => { pause(); show(Number(slider.value)); });
  get("speed").addEventListener("change", () => { from = current; began = performance.now(); });
  const keys = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -words.length, End: words.length };
  get("player").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("select")) return;
    const isSlider = event.target === slider;
    if (event.key === " " && !event.target.matches("button")) play.click();
    else if (event.key in keys && (isSlider || !/Up|Down/.test(event.key))) step(keys[event.key]);
    else return;
    event.preventDefault();
  });
  const seek = (event) => {
    if (event.type === "pointermove" && !event.buttons) return;
    const box = chart.getBoundingClientRect(), x = (event.clientX - box.left) / box.width * chart.viewBox.baseVal.width;
    let best = 0;
    words.forEach((word, i) => { if (Math.abs(word.at[0] - x) < Math.abs(words[best].at[0] - x)) best = i; });
    pause();
    show(best);
  };
  chart.addEventListener("pointerdown", seek);
  chart.addEventListener("pointermove", seek);

  /* The legend: classes with their marks, or heights. */
  const legend = get("legend");
  const SHAPE_BOX = "-8 -8 16 16";
  if (isClasses) {
    data.classes.slice(0, 12).forEach((name, k) => {
      const item = make("span", legend), svg = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path");
      const [dx, dy, outline] = data.shapes[k % data.shapes.length];
      item.className = `c${k % 8}`;
      svg.setAttribute("viewBox", SHAPE_BOX);
      svg.setAttribute("aria-hidden", "true");
      path.setAttribute("class", "mark");
      path.setAttribute("d", `M${dx} ${dy}${outline}`);
      svg.append(path);
      item.append(svg);
      make("bdi", item).textContent = `class ${name}`;
    });
  } else {
    const item = make("span", legend), short = (v) => Number(v.toPrecision(3)).toString().replace("-", "\u2212");
    item.append(short(data.range[0]));
    HEIGHTS.forEach((c, i) => document.documentElement.style.setProperty(`--h${i}`, css(c)));
    make("i", item, "ramp heights");
    item.append(short(data.range[1]), " (points: their targets)");
  }

  readPalette();
  for (const id of ["replay", "bar", "neurons", "numbers"]) get(id).hidden = false;
  if (words.every((word) => !word.rate)) get("rate-row").hidden = true;
  slider.max = last;
  cursor.setAttribute("visibility", "visible");
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readPalette(); redraw(); });
  // Beside the diagram where both have room, else beneath it.
  box.style.flexBasis = diagram.needs() + "px";
  diagram.place();
  let seen = box.clientWidth;
  const sizes = new ResizeObserver(() => {
    if (seen !== box.clientWidth) diagram.place();
    seen = box.clientWidth;
    if (current >= 0) redraw();
  });
  sizes.observe(stage);
  sizes.observe(box);
  show(last);
})();
