"use strict";
/* Frames in order: a slider over them, buttons, keys. last() is the last one; show(index, before) draws one and
   returns what it says. */
const makePlayer = (area, { last, delay, show }) => {
  const get = (id) => document.getElementById(id);
  const slider = get("slider"), play = get("play"), back = get("back"), forward = get("forward");
  let current = -1, timer = 0;
  const go = (index) => {
    const target = Math.min(Math.max(index, 0), last());
    if (target === current) return;
    const said = show(target, current);
    current = target;
    slider.value = current;
    slider.setAttribute("aria-valuetext", said.phase);
    get("phase").textContent = said.phase;
    get("what").textContent = said.what;
    back.disabled = current === 0;
    forward.disabled = current === last();
  };
  const pause = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
    play.setAttribute("aria-pressed", "false");
    get("phase").parentNode.setAttribute("aria-live", "polite");
  };
  const start = () => {
    if (current === last()) go(0);
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    get("phase").parentNode.setAttribute("aria-live", "off");
    timer = setInterval(() => {
      go(current + 1);
      if (current === last()) pause();
    }, delay);
  };
  const step = (by) => { pause(); go(current + by); };

  play.addEventListener("click", () => (timer ? pause() : start()));
  back.addEventListener("click", () => step(-1));
  forward.addEventListener("click", () => step(1));
  slider.addEventListener("input", () => { pause(); go(Number(slider.value)); });
  const keys = {
    ArrowLeft: () => step(-1), ArrowRight: () => step(1), ArrowDown: () => step(-1), ArrowUp: () => step(1),
    Home: () => step(-last() - 1), End: () => step(last() + 1),
  };
  area.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const vertical = event.key === "ArrowUp" || event.key === "ArrowDown";
    if (event.target.matches("select") || (event.target.matches("button") && event.key === " ")) return;
    if (vertical && event.target !== slider) return;
    if (event.key === " ") play.click();
    else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
  });
  const begin = () => { slider.max = last(); current = -1; go(0); };
  return { go, pause, begin };
};
