// The console's lists with a keyboard and without waiting: instant filters, selection, keys. Every list works without this.
document.documentElement.classList.add("scripted");

const part = () => document.querySelector("[data-list]");
const typing = (element) => element.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");

// -- what changes is fetched and put in place ---------------------------------------------------------------------
let asking = null;
async function show(url, { push = true, focus = "" } = {}) {
  const list = part();
  asking?.abort();
  asking = new AbortController();
  list.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { headers: { "X-Part": "list" }, signal: asking.signal, redirect: "error" });
    if (!answer.ok) throw new Error(answer.statusText);
    const fresh = document.createRange().createContextualFragment(await answer.text());
    const typed = document.activeElement?.id && list.contains(document.activeElement) ? document.activeElement : null;
    const search = fresh.querySelector("#list-q");
    if (typed?.id === "list-q" && search) search.replaceWith(typed); // the cursor stays where somebody types
    list.replaceWith(fresh);
    if (push) history.pushState({ list: true }, "", url);
    prepare();
    const wanted = document.getElementById(focus || typed?.id || "");
    if (wanted && wanted !== document.activeElement) wanted.focus();
  } catch (problem) {
    if (problem.name === "AbortError") return;
    location.assign(url); // the page says what is wrong
  }
}
addEventListener("popstate", () => { if (part()) show(location.href, { push: false }); });

const address = (form) => {
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  const sort = new URL(location.href).searchParams.get("sort");
  if (sort) asked.set("sort", sort);
  return location.pathname + (asked.size ? `?${asked}` : "");
};

let timer = 0;
addEventListener("input", (event) => {
  const form = event.target.closest?.(".list-asks");
  if (!form || event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(() => show(address(form)), event.target.matches("select, [type=date]") ? 0 : 220);
});
addEventListener("compositionend", (event) => {
  const form = event.target.closest?.(".list-asks");
  if (form) { clearTimeout(timer); timer = setTimeout(() => show(address(form)), 220); }
});
addEventListener("submit", (event) => {
  if (event.target.matches(".list-asks")) { event.preventDefault(); clearTimeout(timer); show(address(event.target)); }
});
addEventListener("click", (event) => {
  const link = event.target.closest(".list .grid th a, .list .chip, .list .list-foot nav a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  show(link.href);
});

// -- selection ----------------------------------------------------------------------------------------------------
const boxes = () => [...document.querySelectorAll("[data-row] .pick input")];
function count() {
  const bar = document.querySelector("[data-list-bulk]");
  if (!bar) return;
  const all = document.querySelector("[data-list-all]");
  const chosen = boxes().filter((box) => box.checked).length;
  const whole = all.value === "1" && chosen === boxes().length;
  if (!whole) all.value = "";
  bar.toggleAttribute("data-none", !chosen);
  const said = bar.querySelector("[data-list-count]");
  said.textContent = whole ? said.dataset.all : chosen === 1 ? said.dataset.one : said.dataset.many.replace("#", chosen);
  const page = document.querySelector("[data-list-page]");
  page.checked = chosen === boxes().length;
  page.indeterminate = chosen > 0 && !page.checked;
  const more = bar.querySelector("[data-list-whole]");
  if (more) more.hidden = whole || chosen < boxes().length;
  bar.querySelector("[data-list-none]").hidden = !chosen;
}
let anchor = null;
addEventListener("change", (event) => {
  if (event.target.matches("[data-list-page]")) boxes().forEach((box) => { box.checked = event.target.checked; });
  if (event.target.closest(".pick")) count();
});
addEventListener("click", (event) => {
  const box = event.target.closest("[data-row] .pick input");
  if (box) {
    const row = boxes();
    if (event.shiftKey && anchor && row.includes(anchor)) {
      const [from, to] = [row.indexOf(anchor), row.indexOf(box)].sort((a, b) => a - b);
      row.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
      count();
    }
    anchor = box;
  }
  if (event.target.closest("[data-list-whole]")) { document.querySelector("[data-list-all]").value = "1"; count(); }
  if (event.target.closest("[data-list-none]")) { boxes().forEach((other) => { other.checked = false; }); count(); }
});

// -- keys ---------------------------------------------------------------------------------------------------------
const rows = () => [...document.querySelectorAll("[data-row]")];
function step(by) {
  const all = rows();
  const now = all.findIndex((row) => row.classList.contains("at"));
  const next = all[Math.min(all.length - 1, Math.max(0, now + by))];
  if (!next) return;
  all[now]?.classList.remove("at");
  next.classList.add("at");
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector("td a") ?? next.querySelector(".pick input"))?.focus({ preventScroll: true });
}
const at = () => document.querySelector("[data-row].at");
const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => { const box = at()?.querySelector(".pick input"); if (box) { box.checked = !box.checked; count(); } },
  o: () => at()?.querySelector("td a")?.click(),
  f: () => document.getElementById("list-q")?.focus(),
  n: () => document.querySelector(".list-foot [rel=next]")?.click(),
  p: () => document.querySelector(".list-foot [rel=prev]")?.click(),
  "/": () => (document.getElementById("find-q") ?? document.getElementById("list-q"))?.focus(),
  "?": () => document.getElementById("keys")?.showPopover(),
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (document.querySelector("[popover]:popover-open, dialog[open]")) return;
  const act = KEYS[event.key];
  if (!act || (!part() && "jkxofnp".includes(event.key))) return;
  event.preventDefault();
  act();
});

// -- a bulk run under way --------------------------------------------------------------------------------------------
async function follow() {
  const run = document.querySelector("[data-progress]");
  if (!run) return;
  if (!document.hidden && !run.contains(document.activeElement)) {
    try {
      const answer = await fetch(location.href, { headers: { "X-Part": "run" }, redirect: "error" });
      if (answer.ok) run.replaceWith(document.createRange().createContextualFragment(await answer.text()));
    } catch { /* the next look may find it */ }
  }
  setTimeout(follow, 1000);
}
setTimeout(follow, 600);

function prepare() {
  for (const page of document.querySelectorAll("[data-list-page]")) page.hidden = false;
  if (part()) count();
}
prepare();
