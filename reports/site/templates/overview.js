(() => {
  "use strict";
  const table = document.getElementById("targets"), form = document.getElementById("filter");
  if (!table) return;
  const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const fields = [...form.elements].filter((one) => one.name), shown = document.getElementById("shown");
  let column = null, falling = false;

  const fits = (row, field) => !field.value || (field.name === "q"
    ? row.textContent.toLowerCase().includes(field.value.trim().toLowerCase())
    : row.dataset[field.name] === field.value);

  const key = (row) => row.cells[column].dataset.order;
  const compare = (one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    const by = isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b;
    return falling ? -by : by;
  };

  const show = () => {
    let count = 0;
    for (const row of rows) {
      row.hidden = !fields.every((field) => fits(row, field));
      count += !row.hidden;
    }
    body.append(...(column === null ? rows : [...rows].sort(compare)));
    heads.forEach((head, at) => {
      if (at === column) head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    shown.textContent = shown.dataset.text.replace("{shown}", count).replace("{all}", rows.length);
  };

  const keep = () => {
    const state = new URLSearchParams(fields.filter((field) => field.value).map((field) => [field.name, field.value]));
    if (column !== null) state.set("sort", `${column}${falling ? "-" : ""}`);
    history.replaceState(null, "", `#${state}`);
  };

  const recall = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) field.value = state.get(field.name) ?? "";
    const sort = state.get("sort") ?? "";
    column = heads[parseInt(sort)] ? parseInt(sort) : null;
    falling = sort.endsWith("-");
    show();
  };

  heads.forEach((head, at) => {
    if (!rows.some((row) => row.cells[at].dataset.order !== undefined)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => {
      falling = column === at && !falling;
      column = at;
      keep();
      show();
    });
    head.append(button);
  });
  form.addEventListener("input", () => { keep(); show(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", recall);
  form.hidden = false;
  recall();
})();
