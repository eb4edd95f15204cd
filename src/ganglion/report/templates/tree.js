(() => {
  "use strict";
  const get = (id) => document.getElementById(id);
  const figure = get("tree");
  if (!figure) return;
  const { steps, start } = JSON.parse(get("data").textContent);
  const drawing = figure.querySelector("svg");
  const ends = [...drawing.querySelectorAll(".end")];
  const joins = [...drawing.querySelectorAll(".join")];
  const level = drawing.querySelector(".level");

  /* Pointing at an end lights up its cluster. */
  const light = (cluster) => {
    drawing.classList.toggle("dimmed", cluster !== null);
    ends.forEach((end) => end.classList.toggle("lit", end.dataset.cluster === cluster));
  };
  for (const end of ends) {
    if (end.dataset.cluster === "-1") continue;
    end.addEventListener("pointerenter", () => { if (!drawing.classList.contains("playing")) light(end.dataset.cluster); });
    end.addEventListener("pointerleave", () => light(null));
  }
  if (!steps.length) return;

  /* The replay: after step i the first i merges are made. */
  const area = get("replay"), slider = get("slider"), play = get("play");
  const back = get("back"), forward = get("forward"), reset = get("reset");
  let current = -1, timer = 0;
  const show = (index) => {
    current = Math.min(Math.max(index, 0), steps.length);
    const last = current > 0 ? steps[current - 1] : null;
    light(null);
    drawing.classList.add("playing");
    joins.forEach((join, i) => {
      join.classList.toggle("done", i < current);
      join.classList.toggle("joining", i === current - 1);
    });
    ends.forEach((end, i) => {
      end.classList.toggle("first", last !== null && last.first[0] <= i && i <= last.first[1]);
      end.classList.toggle("second", last !== null && last.second[0] <= i && i <= last.second[1]);
    });
    level.setAttribute("visibility", last ? "visible" : "hidden");
    if (last) {
      level.setAttribute("x1", last.x);
      level.setAttribute("x2", last.x);
    }
    slider.value = current;
    const words = last ? last.words : `${steps.length + 1} branches, before the merges that are drawn.`;
    get("what").textContent = words;
    slider.setAttribute("aria-valuetext", words);
    back.disabled = current === 0;
    forward.disabled = current === steps.length;
  };
  const cut = () => {
    drawing.classList.remove("playing");
    ends.forEach((end) => end.classList.remove("first", "second"));
    level.setAttribute("visibility", "hidden");
    current = Math.min(start, steps.length);
    slider.value = current;
    const words = "The cut. Move the slider, or press Play, to see how the branches merge.";
    get("what").textContent = words;
    slider.setAttribute("aria-valuetext", words);
    back.disabled = forward.disabled = false;
  };
  const pause = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
    get("what").parentNode.setAttribute("aria-live", "polite");
  };
  const run = () => {
    if (current === steps.length || !drawing.classList.contains("playing")) show(0);
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    get("what").parentNode.setAttribute("aria-live", "off");
    timer = setInterval(() => {
      show(current + 1);
      if (current === steps.length) pause();
    }, Math.min(1100, Math.max(300, 40000 / steps.length)));
  };
  const step = (by) => { pause(); show(current + by); };
  play.addEventListener("click", () => (timer ? pause() : run()));
  back.addEventListener("click", () => step(-1));
  forward.addEventListener("click", () => step(1));
  reset.addEventListener("click", () => { pause(); cut(); });
  slider.addEventListener("input", () => { pause(); show(Number(slider.value)); });
  area.hidden = false;
  cut();
})();
