(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  for (const box of document.querySelectorAll("[data-map]")) makeMap(box, data[box.dataset.map]);

  /* Tables: a click on a head sorts, the next one the other way; equals keep their order. */
  for (const table of document.querySelectorAll(".sortable")) {
    const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
    const compare = new Intl.Collator(undefined, { numeric: true });
    const sortBy = (at, isDown) => {
      const keyed = [...body.rows].map((row) => {
        const cell = row.cells[at], by = cell.dataset.by;
        return { row, empty: by === "", number: by === undefined || by === "" ? NaN : Number(by), text: cell.textContent };
      });
      keyed.sort((a, b) => {
        if (a.empty !== b.empty) return a.empty ? 1 : -1;
        const order = Number.isNaN(a.number) || Number.isNaN(b.number) ? compare.compare(a.text, b.text) : a.number - b.number;
        return isDown ? -order : order;
      });
      body.append(...keyed.map((entry) => entry.row));
    };
    heads.forEach((head, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const isDown = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
        sortBy(at, isDown);
      });
    });
  }

  /* Two pictures: the second over the first, as far as the slider says. */
  for (const pair of document.querySelectorAll(".compare")) {
    const over = pair.querySelector(".over img"), slide = pair.querySelector(".slide"), input = slide.querySelector("input");
    pair.classList.add("laid");
    slide.hidden = false;
    const move = () => { over.style.clipPath = `inset(0 ${100 - input.value}% 0 0)`; };
    input.addEventListener("input", move);
    pair.addEventListener("pointermove", (event) => {
      if (event.target === input || event.pointerType === "touch" && !event.buttons) return;
      const area = over.getBoundingClientRect();
      if (event.clientY > area.bottom) return;
      input.value = (100 * (event.clientX - area.left)) / area.width;
      move();
    });
    move();
  }
})();
