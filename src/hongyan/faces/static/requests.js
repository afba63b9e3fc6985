// Requests with less waiting: an address is checked while it is typed, many are decided with a keyboard, a chain is drawn
// while it is written. Every page works without this; every answer comes from the server.
document.documentElement.classList.add("scripted");
const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

// -- an address is checked while it is typed -----------------------------------------------------------------------
for (const field of document.querySelectorAll("[data-address]")) {
  const said = document.getElementById(field.dataset.said);
  const domain = field.form.elements[`${field.name}-domain`];
  let timer = 0;
  let asking = null;
  const check = async () => {
    asking?.abort();
    const text = field.value.trim();
    if (!text) { said.textContent = said.dataset.empty ?? ""; delete said.dataset.state; return; }
    asking = new AbortController();
    const address = text.includes("@") || !domain ? text : `${text}@${domain.value}`;
    const body = new URLSearchParams({ address, csrfmiddlewaretoken: token() });
    try {
      const answer = await fetch(field.dataset.address, { method: "POST", body, signal: asking.signal });
      if (!answer.ok || !answer.headers.get("content-type")?.includes("json")) return;
      const found = await answer.json();
      said.textContent = found.said;
      said.dataset.state = found.state;
    } catch { /* the form is checked when it is sent */ }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(check, 300); };
  field.addEventListener("input", later);
  domain?.addEventListener("change", later);
  field.form.addEventListener("submit", () => { clearTimeout(timer); asking?.abort(); });
}

// -- files: what was chosen ------------------------------------------------------------------------------------------
for (const input of document.querySelectorAll("input[type=file][data-names]")) {
  input.addEventListener("change", () => {
    document.getElementById(input.dataset.names).textContent = [...input.files].map((file) => file.name).join(" · ");
  });
}

// -- deciding many ----------------------------------------------------------------------------------------------------
const cards = () => [...document.querySelectorAll("[data-card]")];
const ticks = () => [...document.querySelectorAll("[data-card] .tick")];
const bar = document.querySelector("[data-decide-bar]");
function count() {
  if (!bar) return;
  const chosen = ticks().filter((tick) => tick.checked).length;
  bar.toggleAttribute("data-none", !chosen);
  const said = bar.querySelector("[data-count]");
  said.textContent = chosen === 0 ? said.dataset.none : chosen === 1 ? said.dataset.one : said.dataset.many.replace("#", chosen);
  const all = bar.querySelector("[data-all]");
  all.hidden = false;
  all.checked = chosen > 0 && chosen === ticks().length;
  all.indeterminate = chosen > 0 && !all.checked;
}
addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) ticks().forEach((tick) => { tick.checked = event.target.checked; });
  if (event.target.matches("[data-all], .tick")) count();
});
count();

const at = () => document.querySelector("[data-card].at");
function step(by) {
  const all = cards();
  const now = all.indexOf(at());
  const next = all[Math.min(all.length - 1, Math.max(0, now + by))];
  if (!next) return;
  at()?.classList.remove("at");
  next.classList.add("at");
  next.scrollIntoView({ block: "nearest" });
  next.querySelector("h2 a")?.focus({ preventScroll: true });
}
const press = (what) => (at() ?? (cards().length === 1 ? cards()[0] : null))?.querySelector(`[data-do=${what}]`)?.click();
const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => { const tick = at()?.querySelector(".tick"); if (tick) { tick.checked = !tick.checked; count(); } },
  a: () => press("approve"),
  r: () => press("reject"),
  b: () => press("back"),
  o: () => at()?.querySelector("h2 a")?.click(),
  "?": () => document.getElementById("approve-keys")?.showPopover(),
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !cards().length) return;
  if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
  if (document.querySelector("[popover]:popover-open")) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
// A question that opens is answered at once.
for (const ask of document.querySelectorAll(".ask[popover]")) {
  ask.addEventListener("toggle", (event) => {
    if (event.newState === "open") ask.querySelector("textarea")?.focus();
  });
}

// -- a chain is drawn while it is written -------------------------------------------------------------------------------
for (const form of document.querySelectorAll("form[data-preview]")) {
  const shown = document.getElementById(form.dataset.shown);
  let timer = 0;
  let asking = null;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      const body = new URLSearchParams(new FormData(form));
      try {
        const answer = await fetch(form.dataset.preview, { method: "POST", body, headers: { "X-Part": "preview" }, signal: asking.signal });
        if (answer.ok) shown.innerHTML = await answer.text();
      } catch { /* the button says it */ }
    }, 400);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
