// A new answer in the place of the old one; of the inputs only what nobody has touched meanwhile.
import { follow, groups, trail } from "./focus.js";

const live = (id) => document.getElementById(id);

// What is wrong stands above the last answer, which stays, marked as such; its buttons would send what is wrong.
function hold(old, refused) {
  old.querySelector(":scope>.bad")?.remove();
  refused.querySelector("[hidden]").hidden = false;
  refused.querySelector("h1").autofocus = false;
  old.prepend(refused);
  old.classList.add("stale");
  for (const button of old.querySelectorAll(":scope>:not(.bad) button:not([data-copy],[data-print])")) button.disabled = true;
  live("status").append("; the answer shown is that of the last good inputs");
}

// Whether there is a new answer.
export function take(page, sent, shape, button, { english, ready }) {
  const fresh = page.getElementById("answer");
  const old = live("answer");
  const [was, known] = [trail(document.activeElement), groups()];
  const refused = fresh.querySelector("#refusal")?.closest("section");
  const held = refused && live("headline");
  for (const each of old.querySelectorAll("details[id]")) fresh.querySelector(`#${CSS.escape(each.id)}`)?.toggleAttribute("open", each.open);
  const sought = fresh.querySelector("[autofocus]:not(#refusal)");
  sought?.removeAttribute("autofocus");
  for (let node = sought; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
  for (const place of fresh.querySelectorAll(".chart")) {
    const before = old.querySelector(`.chart[data-chart="${place.dataset.chart}"]`);
    if (before) place.append(...before.childNodes);
  }
  const missing = [...page.querySelectorAll("#inputs .field")].some((each) => !live(each.id) && each.id);
  const words = [...page.getElementById("status").childNodes];
  const status = live("status"); // a live region that is replaced is not heard
  if (!held) old.replaceWith(fresh);
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
  live("specs")?.remove();
  const specsNode = page.getElementById("specs");
  if (specsNode) document.body.append(document.adoptNode(specsNode));
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
