"use strict";
// Sorting and filtering of a page's tables, which are complete without it. Reads and sets text only.
(() => {
  const FEWEST_TO_SORT = 3, FEWEST_TO_FILTER = 12;
  const fixed = (row) => row.classList.contains("floor");

  // What a cell is sorted by: its words, without what stands in small print.
  const words = (cell) => [...cell.childNodes]
    .filter((node) => node.nodeName !== "SMALL")
    .map((node) => node.textContent).join("").trim(); // a name has places to break within

  const number = (text) => {
    const found = text.replaceAll("−", "-").replaceAll(",", "").match(/^[^\d+-]{0,2}([+-]?\d+(\.\d+)?(e[+-]?\d+)?)/i);
    return found ? Number(found[1]) : NaN;
  };

  const by = (column, direction) => (one, other) => {
    const texts = [one, other].map((row) => words(row.cells[column]));
    const empty = texts.map((text) => text === "" || text === "–");
    if (empty[0] || empty[1]) return empty[0] - empty[1];
    const numbers = texts.map(number);
    if (!numbers.some(Number.isNaN)) return direction * (numbers[0] - numbers[1]);
    return direction * texts[0].localeCompare(texts[1], undefined, { numeric: true });
  };

  const sorting = (table, body, rows) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.setAttribute("aria-label", `Sort by ${head.textContent.trim() || "this column"}`);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const next = { ascending: "descending", descending: null }[now];
        for (const other of heads) other.removeAttribute("aria-sort");
        const order = [...rows];
        if (next !== null) {
          head.setAttribute("aria-sort", next ?? "ascending");
          order.sort(by(column, next === "descending" ? -1 : 1));
        }
        body.prepend(...order);
      });
      head.append(button);
    });
  };

  const filtering = (table, rows) => {
    const label = document.createElement("label"), input = document.createElement("input");
    const said = document.createElement("output");
    label.className = "filter";
    label.append("Show rows with ", input, said);
    input.type = "search";
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        shown += !row.hidden;
      }
      said.textContent = wanted ? ` ${shown} of ${rows.length}` : "";
    });
    table.closest(".scroll")?.before(label);
  };

  for (const table of document.querySelectorAll("table")) {
    const body = table.tBodies[0];
    if (table.tBodies.length !== 1 || table.tHead?.rows.length !== 1) continue;
    if (table.querySelector("[rowspan], [colspan]")) continue;
    const rows = [...body.rows].filter((row) => !fixed(row));
    if (rows.length >= FEWEST_TO_SORT) sorting(table, body, rows);
    if (rows.length >= FEWEST_TO_FILTER) filtering(table, rows);
  }
})();
