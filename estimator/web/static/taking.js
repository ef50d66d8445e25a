// A new answer is taken into the page: what is wrong above the old one, fields that nobody touched, parts that come later.
import { follow, groups, trail } from "./focus.js";

const live = (id) => document.getElementById(id);
const waiting = "[data-part][aria-busy=true]";

// What is wrong stands above the last answer, which stays, marked as such; its buttons would send what is wrong.
function hold(old, refused) {
  old.querySelector(":scope>.bad")?.remove();
  refused.querySelector("[hidden]").hidden = false;
  refused.querySelector("h1").autofocus = false;
  old.prepend(refused);
  old.classList.add("stale");
  for (const each of old.querySelectorAll(":scope>:not(.bad)")) close(each);
  live("status").append("; the answer shown is that of the last good inputs");
}

function close(root) {
  for (const button of root.querySelectorAll("button:not([data-copy],[data-print])")) button.disabled = true;
}

// Whether there is a new answer.
export function take(page, sent, shape, button, { english, ready, readSpecs }) {
  const fresh = page.getElementById("answer");
  const old = live("answer");
  const [was, known] = [trail(document.activeElement), groups()];
  const refused = fresh.querySelector("#refusal")?.closest("section");
  const held = refused && live("headline");
  keep(old, fresh);
  const sought = fresh.querySelector("[autofocus]:not(#refusal)");
  sought?.removeAttribute("autofocus");
  for (let node = sought; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
  const missing = [...page.querySelectorAll("#inputs .field")].some((each) => !live(each.id) && each.id);
  const words = [...page.getElementById("status").childNodes];
  const status = live("status"); // a live region that is replaced is not heard
  if (!held) {
    keepParts(old, fresh);
    old.replaceWith(fresh);
  }
  if (shape || missing) {
    const form = live("inputs");
    const above = form.scrollTop;
    const next = document.adoptNode(page.getElementById("inputs"));
    if (form.querySelector("#as-text")?.open) next.querySelector("#as-text").open = true;
    next.querySelector("#status").replaceWith(status);
    form.replaceWith(next);
    next.scrollTop = above;
  } else {
    renew(page, sent, english);
  }
  follow(button, was, known);
  status.replaceChildren(...words);
  document.title = page.title;
  if (held) return hold(old, refused);
  readSpecs(page);
  const link = live("permalink");
  if (link) history.replaceState(null, "", link.href);
  ready(document);
  sought?.focus();
  return true;
}

function renew(page, sent, english) {
  for (const fresh of page.querySelectorAll("#inputs .field[id]")) {
    const old = live(fresh.id);
    const field = old?.querySelector("input,select");
    if (!old || old.contains(document.activeElement)) {
      mark(old, fresh);
      continue;
    }
    const now = field?.inputMode === "decimal" ? english(field.value) : field?.value;
    if (field?.name && now === sent.get(field.name)) old.replaceWith(document.adoptNode(fresh));
  }
  const text = live("text");
  if (document.activeElement !== text && text.value.replaceAll("\r\n", "\n") === String(sent.get("scenario")).replaceAll("\r\n", "\n")) {
    text.value = page.getElementById("text").value;
    live("inputs").querySelector("[name=digest]").value = page.querySelector("[name=digest]").value;
  }
  const opened = (root) => root.querySelectorAll("#inputs > :is([name=open],[name=was])");
  for (const each of opened(document)) each.remove();
  live("inputs").append(...[...opened(page)].map((each) => document.adoptNode(each)));
}

// The field that has the focus keeps its element; only its error comes and goes.
function mark(old, fresh) {
  if (!old) return;
  const field = old.querySelector("input,select");
  old.querySelector(".error")?.remove();
  const error = fresh.querySelector(".error");
  old.classList.toggle("wrong", Boolean(error));
  const about = fresh.querySelector("input,select");
  for (const name of ["aria-invalid", "aria-describedby"]) {
    if (about.hasAttribute(name)) field.setAttribute(name, about.getAttribute(name));
    else field.removeAttribute(name);
  }
  if (error) old.append(document.adoptNode(error));
}

// Charts and opened details stay as they are until they are drawn again.
function keep(old, fresh) {
  for (const each of old.querySelectorAll("details[id]")) fresh.querySelector(`#${CSS.escape(each.id)}`)?.toggleAttribute("open", each.open);
  for (const place of fresh.querySelectorAll(".chart")) {
    const before = old.querySelector(`.chart[data-chart="${place.dataset.chart}"]`);
    if (before) place.append(...before.childNodes);
  }
}

const part = (root, name) => root.querySelector(`[data-part="${name}"]`);

// A part that is still to come shows what it showed before.
function keepParts(old, fresh) {
  for (const each of fresh.querySelectorAll(waiting)) each.append(...(part(old, each.dataset.part)?.childNodes ?? []));
}

export const waits = () => Boolean(document.querySelector(waiting));

// The parts that were waited for take their place, and the charts in them are returned. Without a page they stay, grey.
export function fill(page) {
  const was = trail(document.activeElement);
  const charts = [];
  for (const old of document.querySelectorAll(waiting)) {
    const fresh = page && part(page, old.dataset.part);
    const wrong = page?.querySelector("#refusal ~ ul");
    if (fresh) {
      const typing = old.contains(document.activeElement) && document.activeElement;
      keep(old, fresh);
      old.replaceWith(fresh);
      if (typing.type === "text") live(typing.id).value = typing.value;
      if (fresh.closest(".stale")) close(fresh);
      charts.push(...fresh.querySelectorAll(".chart"));
    } else {
      old.removeAttribute("aria-busy");
      if (wrong) old.replaceChildren(wrong.cloneNode(true));
      else old.classList.add("stale");
    }
  }
  follow(null, was, null);
  return charts;
}
