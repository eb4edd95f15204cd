"use strict";
/* The map: places of the rows, hover, tap, and a legend that lights up its cluster. */
const makeMap = (data) => {
  const get = (id) => document.getElementById(id);

  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const words = (text) => new Uint16Array(bytes(text).buffer);
  const labelsOf = (text) => (data.wide ? words(text) : bytes(text));
  const placesOf = (text) => Array.from(words(text), (v) => v / 10);

  const points = placesOf(data.points);
  const finalLabels = labelsOf(data.labels);
  const sure = data.sure ? bytes(data.sure) : null;

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
    for (const line of [data.names[finalLabels[i]], "row " + data.rows[i], ...(sure ? [`certainty ${sure[i]} %`] : [])]) {
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
  return { drawing, points, words, labelsOf, placesOf };
};
