// The search box of the frame: shows what is found while somebody types; arrows choose, Enter opens, Escape leaves.
// Without this, Enter leads to the page of the search.

const input = document.querySelector(".finder input");
const box = document.getElementById("find-hits");
let asking = null;
let timer = 0;

function close() {
  asking?.abort();
  clearTimeout(timer);
  if (box.matches(":popover-open")) box.hidePopover();
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}
async function look() {
  const text = input.value.trim();
  if (!text) return close();
  asking?.abort();
  asking = new AbortController();
  try {
    const url = `${input.form.action}?${new URLSearchParams({ q: text })}`;
    const answer = await fetch(url, { headers: { "X-Part": "search" }, signal: asking.signal, redirect: "error" });
    if (!answer.ok) return close();
    const found = await answer.text();
    if (input.value.trim() !== text || document.activeElement !== input) return; // it went on, or away
    box.replaceChildren(document.createRange().createContextualFragment(found));
  } catch { return; /* Enter leads to the page, which says what is wrong */ }
  const at = input.getBoundingClientRect();
  box.style.setProperty("--left", `${at.left}px`);
  box.style.setProperty("--width", `${at.width}px`);
  if (!box.matches(":popover-open")) box.showPopover();
  input.setAttribute("aria-expanded", "true");
  choose(options()[0]);
}
const options = () => [...box.querySelectorAll("[role=option]")];
function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  if (!option) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

if (input) {
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": "find-hits", "aria-autocomplete": "list" })) input.setAttribute(name, value);
  input.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(look, 120);
  });
  input.addEventListener("compositionend", () => { clearTimeout(timer); timer = setTimeout(look, 60); });
  input.addEventListener("focus", () => { if (input.value.trim()) look(); });
  input.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== input && !box.contains(document.activeElement)) close(); }, 150));
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const all = options(), now = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "Escape") { close(); input.blur(); }
    else if (!box.matches(":popover-open")) return;
    else if (event.key === "ArrowDown") choose(all[(now + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all[(now - 1 + all.length) % all.length]);
    else if (event.key === "Enter" && all[now]) location.assign(all[now].href);
    else return;
    event.preventDefault();
  });
}
