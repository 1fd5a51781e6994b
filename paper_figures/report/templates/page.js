// Sorting, filters and links into folded tables. Without it the page reads the same.
"use strict";

const RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Return the number that a cell shows; NaN for a text. */
function shown(text) {
  const [digits, power] = text.trim().replaceAll("−", "-").replace("∞", "Infinity").split(" × 10");
  const raised = [...(power ?? "")].map((one) => "-0123456789"[RAISED.indexOf(one)]).join("");
  return digits === "" ? NaN : Number(raised ? `${digits}e${raised}` : digits);
}

/** Order two texts: numbers by value before other texts, and these as words. */
function order(a, b) {
  const [x, y] = [shown(a), shown(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x === y ? 0 : x - y;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a.localeCompare(b, "en", { numeric: true });
}

function sortable(table, head, place) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  head.setAttribute("aria-sort", "none");
  button.addEventListener("click", () => {
    const descending = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows];
    const texts = new Map(rows.map((row) => [row, row.cells[place].textContent]));
    rows.sort((a, b) => order(texts.get(a), texts.get(b)) * (descending ? -1 : 1));
    table.tBodies[0].append(...rows);
  });
}

function labelled(text, field) {
  const label = document.createElement("label");
  label.append(text, field);
  return label;
}

/** Put a search and choices before items, and hide what does not match. */
function filtered(name, place, items, choices) {
  const controls = document.createElement("div");
  controls.className = "controls";
  const search = Object.assign(document.createElement("input"), { type: "search" });
  controls.append(labelled("Contains", search));
  const selects = choices.map(({ title, value }) => {
    const select = document.createElement("select");
    select.append(new Option("all", "*"));
    const values = [...new Set(items.map(value))].sort(order);
    for (const one of values) select.append(new Option(one || "(none)", one));
    controls.append(labelled(title, select));
    return { select, value };
  });
  const output = document.createElement("output");
  controls.append(output);
  const update = () => {
    const wanted = search.value.toLowerCase();
    let count = 0;
    for (const item of items) {
      const kept = selects.every(
        ({ select, value }) => select.value === "*" || select.value === value(item),
      );
      item.hidden = !kept || !item.textContent.toLowerCase().includes(wanted);
      count += !item.hidden;
    }
    output.textContent = `${count} of ${items.length} ${name}`;
    return count < items.length;
  };
  const changed = () => {
    const some = update();
    place.dispatchEvent(new CustomEvent("filtered", { detail: some }));
  };
  search.addEventListener("input", changed);
  for (const { select } of selects) select.addEventListener("change", changed);
  place.addEventListener("unfilter", () => {
    search.value = "";
    for (const { select } of selects) select.value = "*";
    update();
  });
  place.prepend(controls);
  update();
}

function interactive(table) {
  const place = table.closest(".table");
  const heads = [...table.tHead.rows[0].cells];
  const choices = heads.flatMap((head, column) =>
    head.hasAttribute("data-choose")
      ? [{ title: head.textContent, value: (row) => row.cells[column].textContent }]
      : [],
  );
  const titles = heads.map((head) => head.textContent);
  const rows = [...table.tBodies[0].rows];
  // On a phone each row stands as a block, and each cell has its head before it.
  for (const row of rows) {
    titles.forEach((title, column) => {
      row.cells[column].dataset.head = title;
    });
  }
  heads.forEach((head, column) => sortable(table, head, column));
  const scroll = document.createElement("div");
  scroll.className = rows.length > 40 ? "scroll long" : "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", `Table ${place.id}`);
  table.before(scroll);
  scroll.append(table);
  if (rows.length > 1) filtered("rows", place, rows, choices);
}

function cards(place) {
  const items = [...place.querySelectorAll(".card")];
  filtered("rows", place, items, [
    { title: "Verdict", value: (card) => card.dataset.verdict },
    { title: "What is wrong", value: (card) => card.dataset.fault },
    { title: "Form", value: (card) => card.dataset.form },
  ]);
  place.addEventListener("filtered", ({ detail: some }) => {
    for (const group of place.querySelectorAll(".group")) {
      group.hidden = !group.querySelector(".card:not([hidden])");
      group.open = some;
    }
  });
  place.addEventListener("unfilter", () => {
    for (const group of place.querySelectorAll(".group")) group.hidden = false;
  });
}

/** Open the folds around the target of a link, and show it if a filter hides it. */
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let one = target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  if (target.hidden) target.closest(".table, .cards").dispatchEvent(new Event("unfilter"));
  target.scrollIntoView();
}

document.querySelectorAll("table[data-interactive]").forEach(interactive);
document.querySelectorAll(".cards").forEach(cards);
window.addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details")) one.open = true;
});
window.addEventListener("hashchange", reveal);
reveal();
