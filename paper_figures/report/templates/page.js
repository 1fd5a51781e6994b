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

function interactive(table) {
  const rows = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells];
  const name = table.closest(".table").id;
  const controls = document.createElement("div");
  controls.className = "controls";
  const search = Object.assign(document.createElement("input"), { type: "search" });
  controls.append(labelled("Contains", search));
  const choices = heads.map((head, place) => {
    if (!head.hasAttribute("data-choose")) return null;
    const values = [...new Set(rows.map((row) => row.cells[place].textContent))];
    const select = document.createElement("select");
    select.append(new Option("all", "*"));
    for (const value of values.sort(order)) select.append(new Option(value || "(none)", value));
    controls.append(labelled(head.textContent, select));
    return select;
  });
  const output = document.createElement("output");
  controls.append(output);
  const update = () => {
    const wanted = search.value.toLowerCase();
    let count = 0;
    for (const row of rows) {
      const kept = choices.every(
        (one, place) => !one || one.value === "*" || one.value === row.cells[place].textContent,
      );
      row.hidden = !kept || !row.textContent.toLowerCase().includes(wanted);
      count += !row.hidden;
    }
    output.textContent = `${count} of ${rows.length} rows`;
  };
  search.addEventListener("input", update);
  for (const one of choices) one?.addEventListener("change", update);
  heads.forEach((head, place) => sortable(table, head, place));
  table.closest(".table").addEventListener("unfilter", () => {
    search.value = "";
    for (const one of choices) if (one) one.value = "*";
    update();
  });
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", `Table ${name}`);
  table.before(controls, scroll);
  scroll.append(table);
  update();
}

/** Open the folds around the target of a link, and show it if a filter hides it. */
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let one = target; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  if (target.hidden) target.closest(".table").dispatchEvent(new Event("unfilter"));
  target.scrollIntoView();
}

document.querySelectorAll("table[data-interactive]").forEach(interactive);
window.addEventListener("hashchange", reveal);
reveal();
