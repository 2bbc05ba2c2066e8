"use strict";
// Everything with the same name in data-of belongs together. Without this script all marks are links.
const marks = [...document.querySelectorAll("[data-of]")];
const panes = [...document.querySelectorAll("[data-pane]")];
const names = (mark) => mark.dataset.of.split(" ");
const now = document.getElementById("now");
const sheet = document.querySelector(".sheet");
const drawing = document.getElementById("graph");

function said(name) {
  const part = document.getElementById(name);
  return part?.querySelector("title, h2 b")?.textContent.trim() ?? "";
}

function reveal(pane, mark) {
  for (let at = mark.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
  const outer = pane.getBoundingClientRect();
  const inner = mark.getBoundingClientRect();
  const inside = inner.top >= outer.top && inner.bottom <= outer.bottom && inner.left >= outer.left && inner.right <= outer.right;
  if (inside) return;
  const tall = inner.height > outer.height;
  pane.scrollBy({
    left: inner.left + inner.width / 2 - outer.left - outer.width / 2,
    top: tall || pane.dataset.pane === "points" ? inner.top - outer.top - 8 : inner.top + inner.height / 2 - outer.top - outer.height / 2,
  });
}

function choose(mark) {
  const wanted = mark ? names(mark) : [];
  const from = mark?.closest("[data-pane]");
  for (const other of marks) {
    const on = names(other).some((name) => wanted.includes(name));
    other.classList.toggle("on", on);
    if (on && other.matches("a, article")) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
  }
  for (const pane of panes) {
    const first = pane === from ? null : [...pane.querySelectorAll(".on")].find((part) => !part.matches(".label, .chip"));
    if (first) reveal(pane, first);
  }
  const texts = [...new Set(wanted.map(said).filter(Boolean))];
  now.textContent = texts.join(" · ");
  now.title = now.textContent;
  const hash = wanted.length ? "#" + wanted[0] : " ";
  try { history.replaceState(null, "", hash === " " ? location.pathname + location.search : hash); } catch { /* some viewers have no history */ }
}

document.addEventListener("click", (event) => {
  const mark = event.target.closest("[data-of]");
  if (!mark || event.metaKey || event.ctrlKey) return;
  if (mark.matches("article") && (String(getSelection()) || event.target.closest("a, summary"))) return;
  event.preventDefault();
  choose(mark);
});

// One stop for the tab key in each pane; arrows go on from there.
const stops = new Map(panes.map((pane) => [pane, [...pane.querySelectorAll("a[data-of], article[data-of]")]]));
for (const list of stops.values()) list.forEach((stop, at) => stop.setAttribute("tabindex", at ? "-1" : "0"));

document.addEventListener("focusin", (event) => {
  const list = stops.get(event.target.closest("[data-pane]"));
  if (!list?.includes(event.target)) return;
  for (const stop of list) stop.setAttribute("tabindex", stop === event.target ? "0" : "-1");
});

function middle(stop) {
  const line = stop.querySelector?.(".line");
  if (line) {
    const at = line.getPointAtLength(line.getTotalLength() / 2).matrixTransform(line.getScreenCTM());
    return [at.x, at.y];
  }
  const box = stop.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
}

// The nearest one in a direction; what lies aside counts twice.
function toward(list, from, [dx, dy]) {
  const [x, y] = middle(from);
  let best = null;
  let least = Infinity;
  for (const stop of list) {
    const [ox, oy] = middle(stop);
    const ahead = (ox - x) * dx + (oy - y) * dy;
    const far = ahead + 2 * Math.abs((ox - x) * dy + (oy - y) * dx);
    if (stop !== from && ahead > 1 && far < least && stop.getClientRects().length) [best, least] = [stop, far];
  }
  return best;
}

const ways = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return choose(null);
  const pane = event.target.closest?.("[data-pane]");
  const list = stops.get(pane);
  if (!list || event.metaKey || event.ctrlKey || event.altKey) return;
  if (pane === sheet && "+-0".includes(event.key)) return zoom({ "+": 1, "-": -1, 0: 0 }[event.key]);
  const at = list.indexOf(event.target);
  if (at < 0) return;
  if ((event.key === "Enter" || event.key === " ") && event.target.matches("article, svg a")) {
    event.preventDefault();
    return choose(event.target);
  }
  const way = ways[event.key];
  let next = null;
  if (event.key === "Home") next = list[0];
  else if (event.key === "End") next = list.at(-1);
  else if (way && pane.dataset.pane === "points") next = list[at + way[0] + way[1]];
  else if (way && way[0] && pane.dataset.pane === "source") next = list[at + way[0]];
  else if (way) next = toward(list, event.target, way);
  if (!way && !next) return;
  event.preventDefault();
  if (next) {
    next.focus({ preventScroll: true });
    reveal(pane, next);
  }
});

let scale = 1;
function zoom(step) {
  if (!drawing) return;
  const { width, height } = drawing.viewBox.baseVal;
  const fit = Math.min((sheet.clientWidth - 16) / width, (sheet.clientHeight - 16) / height);
  scale = step ? scale * 1.25 ** step : Math.min(Math.max(fit, 0.55), 1.1);
  scale = Math.min(Math.max(scale, 0.1), 5);
  drawing.setAttribute("width", width * scale);
  drawing.setAttribute("height", height * scale);
}
if (drawing) {
  document.querySelector(".zoom").hidden = false;
  for (const button of document.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  sheet.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1 : -1);
  }, { passive: false });
  zoom(0);
  sheet.scrollLeft = (sheet.scrollWidth - sheet.clientWidth) / 2;
}
const asked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
if (asked?.dataset.of) choose(asked);
