"use strict";
/* A map: places of the rows, hover, tap, keys, a legend that lights up its cluster and shows or hides it, a search. */
const makeMap = (box, data) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const words = (text) => new Uint16Array(bytes(text).buffer);
  const labelsOf = (text) => (data.wide ? words(text) : bytes(text));
  const placesOf = (text) => Array.from(words(text), (v) => v / 10);

  const points = placesOf(data.points);
  const finalLabels = labelsOf(data.labels);
  const sure = data.sure ? bytes(data.sure) : null;
  const hidden = new Set();
  const textOf = (i) => (data.texts ? data.texts[i] : "row " + data.rows[i]);

  const map = box.querySelector(".plane");
  const drawing = map.querySelector("svg");
  const tip = map.querySelector(".tip");
  const ring = map.querySelector(".ring");
  drawing.querySelectorAll(".mark title, .shade title").forEach((title) => title.remove());

  const make = (parent, tag, attributes, text) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  };

  const nearest = (x, y, reach) => {
    let best = -1, least = reach * reach;
    for (let i = 0; i < points.length; i += 2) {
      const dx = points[i] - x, dy = points[i + 1] - y, d = dx * dx + dy * dy;
      if (d < least && !hidden.has(finalLabels[i / 2])) { least = d; best = i / 2; }
    }
    return best;
  };
  let pointed = -1;
  const hideTip = () => { tip.hidden = true; ring.setAttribute("visibility", "hidden"); };
  const point = (i) => {
    pointed = i;
    if (i < 0) return hideTip();
    const area = drawing.getBoundingClientRect(), scale = drawing.viewBox.baseVal.width / area.width;
    const x = points[2 * i], y = points[2 * i + 1];
    ring.setAttribute("cx", x);
    ring.setAttribute("cy", y);
    ring.setAttribute("visibility", "visible");
    tip.textContent = "";
    for (const line of [data.names[finalLabels[i]], textOf(i), ...(sure ? [`certainty ${sure[i]} %`] : [])]) {
      if (tip.firstChild) tip.append(" · ");
      make(tip, "bdi", {}, line);
    }
    tip.hidden = false;
    const left = Math.min(Math.max(x / scale - tip.offsetWidth / 2, 0), area.width - tip.offsetWidth);
    const above = y / scale - tip.offsetHeight - 14;
    tip.style.transform = `translate(${left}px, ${above < 0 ? y / scale + 16 : above}px)`;
  };
  const follow = (event) => {
    const area = drawing.getBoundingClientRect(), scale = drawing.viewBox.baseVal.width / area.width;
    point(nearest((event.clientX - area.left) * scale, (event.clientY - area.top) * scale, 16 * scale));
  };
  drawing.addEventListener("pointermove", follow);
  drawing.addEventListener("pointerdown", follow);
  drawing.addEventListener("pointerleave", hideTip);

  /* Arrow keys: the nearest point within 45 degrees of the way that the key points; said aloud. */
  const said = make(map, "p", { class: "unseen", role: "status" });
  map.tabIndex = 0;
  map.setAttribute("role", "group");
  map.setAttribute("aria-label", "Map. Arrow keys go from point to point, Escape leaves it.");
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const neighbour = (from, [wx, wy]) => {
    let best = -1, least = Infinity;
    for (let i = 0; i < points.length; i += 2) {
      const dx = points[i] - points[2 * from], dy = points[i + 1] - points[2 * from + 1];
      const along = dx * wx + dy * wy, aside = Math.abs(dx * wy - dy * wx), d = dx * dx + dy * dy;
      if (along > 0 && aside <= along && d < least && !hidden.has(finalLabels[i / 2])) { least = d; best = i / 2; }
    }
    return best;
  };
  map.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { hideTip(); pointed = -1; return; }
    const way = ways[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const middle = () => nearest(360, drawing.viewBox.baseVal.height / 2, 1e4);
    const next = pointed < 0 || hidden.has(finalLabels[pointed]) ? middle() : neighbour(pointed, way);
    if (next < 0) return;
    point(next);
    said.textContent = tip.textContent;
  });
  map.addEventListener("blur", hideTip);

  const light = (cluster) => {
    drawing.classList.toggle("dimmed", cluster !== null);
    drawing.querySelectorAll("[data-cluster]").forEach((node) => {
      node.classList.toggle("lit", node.dataset.cluster === cluster);
    });
  };
  const show = (cluster, isShown) => {
    if (isShown) hidden.delete(Number(cluster)); else hidden.add(Number(cluster));
    for (const node of drawing.querySelectorAll(`[data-cluster="${cluster}"]`)) node.classList.toggle("unshown", !isShown);
    hideTip();
  };
  const items = [...box.querySelectorAll(".legend li")];
  for (const item of items) {
    const name = data.names[Number(item.dataset.cluster)];
    const check = document.createElement("input");
    check.type = "checkbox";
    check.checked = true;
    check.setAttribute("aria-label", "Show " + name);
    check.addEventListener("change", () => { show(item.dataset.cluster, check.checked); light(null); });
    item.prepend(check);
    for (const on of ["pointerenter", "focusin"]) {
      item.addEventListener(on, () => { if (check.checked) light(item.dataset.cluster); });
    }
    for (const off of ["pointerleave", "focusout"]) item.addEventListener(off, () => light(null));
  }
  if (items.length > 1) {
    const legend = box.querySelector(".legend"), row = make(legend, "li", { class: "all" });
    const button = make(row, "button", { type: "button" }, "Hide all");
    button.addEventListener("click", () => {
      const checks = items.map((item) => item.querySelector("input"));
      const isAny = checks.some((check) => check.checked);
      checks.forEach((check, j) => { check.checked = !isAny; show(items[j].dataset.cluster, !isAny); });
      button.textContent = isAny ? "Show all" : "Hide all";
    });
    legend.addEventListener("change", () => {
      button.textContent = items.some((item) => item.querySelector("input").checked) ? "Hide all" : "Show all";
    });
  }

  /* The search: all words must occur; what is found is ringed, the first of it listed. */
  const find = box.querySelector(".find");
  if (find) {
    const input = find.querySelector("input"), found = find.querySelector(".found"), list = find.querySelector("ul");
    const rings = drawing.querySelector(".hits");
    const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const texts = finalLabels.length ? Array.from(finalLabels, (_, i) => folded(textOf(i))) : [];
    const MOST = 12;
    find.hidden = false;
    input.addEventListener("input", () => {
      const wanted = folded(input.value).split(/\s+/).filter(Boolean);
      const hits = wanted.length ? texts.flatMap((text, i) => (wanted.every((word) => text.includes(word)) ? [i] : [])) : [];
      rings.setAttribute("d", hits.map((i) => `M${points[2 * i] - 6} ${points[2 * i + 1]}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0`).join(""));
      drawing.classList.toggle("searched", wanted.length > 0);
      found.textContent = !wanted.length ? "" : hits.length ? `${hits.length} found${hits.length > MOST ? `; the first ${MOST} are listed` : ""}` : "nothing found";
      list.replaceChildren();
      for (const i of hits.slice(0, MOST)) {
        const button = make(make(list, "li", {}), "button", { type: "button" });
        make(button, "bdi", {}, textOf(i));
        button.append(" ");
        make(button, "small", {}, data.names[finalLabels[i]]);
        for (const on of ["focus", "pointerenter", "click"]) button.addEventListener(on, () => point(i));
        button.addEventListener("blur", hideTip);
      }
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { input.value = ""; input.dispatchEvent(new Event("input")); }
    });
  }
  return { drawing, points, words, labelsOf, placesOf };
};
