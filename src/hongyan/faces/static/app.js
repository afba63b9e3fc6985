// Small helps for pages that work without them: show passwords, check them while typing, copy, refresh, press once.
// Nothing here decides anything; every answer comes from the server.

const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

// A password shown or hidden.
for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const show = input.type === "password";
    input.type = show ? "text" : "password";
    button.textContent = show ? button.dataset.hide : button.dataset.show;
    button.setAttribute("aria-pressed", String(show));
    input.focus();
  });
  // Browsers remember what was typed into text fields, never into password fields.
  input.form?.addEventListener("submit", () => { input.type = "password"; });
}

// The rules, checked while the password is typed.
for (const list of document.querySelectorAll("[data-check]")) {
  const input = document.getElementById("password");
  let timer = 0;
  let asking = null;
  const check = async () => {
    asking?.abort();
    asking = new AbortController();
    const body = new URLSearchParams({ password: input.value, csrfmiddlewaretoken: token() });
    try {
      const answer = await fetch(list.dataset.check, { method: "POST", body, signal: asking.signal });
      if (!answer.ok || !answer.headers.get("content-type")?.includes("json")) return;
      for (const row of (await answer.json()).rows) {
        const item = list.querySelector(`[data-key="${row.key}"]`);
        if (!item) continue;
        item.dataset.state = row.state;
        item.querySelector(".why").textContent = row.why;
      }
    } catch { /* the form is checked when it is sent */ }
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(check, 300); });
  input.form.addEventListener("submit", () => { clearTimeout(timer); asking?.abort(); });
}

// Copy a secret that is shown once.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.done;
    button.setAttribute("aria-live", "polite");
  });
}

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    form.querySelector("button:not([type=button])")?.setAttribute("aria-busy", "true");
  });
}
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// What was just done is said once, not again on every reload.
if (document.querySelector("[data-passing]")) {
  const here = new URL(location.href);
  here.searchParams.delete("said");
  history.replaceState(null, "", here);
}

// A part of the page that stays fresh while somebody looks.
for (const part of document.querySelectorAll("[data-refresh]")) {
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(part.dataset.refresh, { headers: { "X-Requested-With": "fetch" }, redirect: "error" });
      if (answer.ok) part.innerHTML = await answer.text();
    } catch { /* the next look may find it */ }
  }, 10000);
}
