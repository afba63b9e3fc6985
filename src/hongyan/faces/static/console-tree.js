// The tree of units: open and close branches, move about with the arrows, drag a unit onto another.
// Everything that changes something is a form of the page; dragging only fills one in and asks.

const tree = document.querySelector("[data-tree]");

function twist(button, open) {
  button.setAttribute("aria-expanded", String(open));
  document.getElementById(button.getAttribute("aria-controls")).toggleAttribute("data-closed", !open);
}
tree?.addEventListener("click", (event) => {
  const button = event.target.closest("button.twist");
  if (button) twist(button, button.getAttribute("aria-expanded") !== "true");
});

const links = () => [...tree.querySelectorAll(".node a")].filter((link) => link.checkVisibility());
tree?.addEventListener("keydown", (event) => {
  const link = event.target.closest(".node a");
  if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
  const item = link.closest("[data-node]"), button = item.querySelector(":scope > .node button.twist");
  const all = links(), now = all.indexOf(link);
  const go = { ArrowDown: all[now + 1], ArrowUp: all[now - 1], Home: all[0], End: all.at(-1) }[event.key];
  if (go) go.focus();
  else if (event.key === "ArrowRight" && button) twist(button, true);
  else if (event.key === "ArrowLeft") {
    if (button?.getAttribute("aria-expanded") === "true") twist(button, false);
    else item.parentElement.closest("[data-node]")?.querySelector(".node a").focus();
  } else return;
  event.preventDefault();
});

// -- dragging ---------------------------------------------------------------------------------------------------
let dragged = null;
let waiting = 0;
const clear = () => tree.querySelectorAll(".over").forEach((node) => node.classList.remove("over"));
const fits = (item) => item && dragged && !dragged.contains(item) && dragged.parentElement.closest("[data-node]") !== item;

tree?.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-node]");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.name);
});
tree?.addEventListener("dragover", (event) => {
  const item = event.target.closest("[data-node]");
  clear();
  if (!fits(item) || !item.querySelector(":scope > .node[draggable=true]")) return;
  event.preventDefault();
  item.querySelector(".node").classList.add("over");
  const button = item.querySelector(":scope > .node button.twist");
  clearTimeout(waiting);
  if (button) waiting = setTimeout(() => twist(button, true), 600); // a branch opens for who waits over it
});
tree?.addEventListener("drop", (event) => {
  const item = event.target.closest("[data-node]");
  clear();
  if (!fits(item)) return;
  event.preventDefault();
  const form = document.getElementById("drop"), title = document.getElementById("drop-title");
  form.action = form.dataset.action.replace("/0/", `/${dragged.dataset.unit}/`);
  form.elements.parent.value = item.dataset.unit;
  title.textContent = title.dataset.text.replace("{what}", dragged.dataset.name).replace("{where}", item.dataset.name);
  form.showPopover();
});
tree?.addEventListener("dragend", () => { clear(); clearTimeout(waiting); dragged = null; });
