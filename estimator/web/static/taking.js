// A new answer is taken into the page: what is wrong above the old one, fields that nobody touched, parts that come later.
const live = (id) => document.getElementById(id);
const waiting = "[data-part][aria-busy=true]";

// What is wrong stands above the last answer, which stays, marked as such; its buttons would send what is wrong.
export function hold(old, refused) {
  old.querySelector(":scope>.bad")?.remove();
  refused.querySelector("[hidden]").hidden = false;
  refused.querySelector("h1").autofocus = false;
  old.prepend(refused);
  old.classList.add("stale");
  close(old);
  live("status").append("; the answer shown is that of the last good inputs");
}

function close(root) {
  for (const button of root.querySelectorAll("button:not([data-copy],[data-print])")) button.disabled = true;
}

// Of the inputs only what nobody has touched meanwhile.
export function renew(page, sent, english) {
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
  const opened = (root) => root.querySelectorAll("#inputs > [name=open]");
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
export function keep(old, fresh) {
  for (const each of old.querySelectorAll("details[id]")) fresh.querySelector(`#${CSS.escape(each.id)}`)?.toggleAttribute("open", each.open);
  for (const place of fresh.querySelectorAll(".chart")) {
    const before = old.querySelector(`.chart[data-chart="${place.dataset.chart}"]`);
    if (before) place.append(...before.childNodes);
  }
}

const part = (root, name) => root.querySelector(`[data-part="${name}"]`);

// A part that is still to come shows what it showed before.
export function keepParts(old, fresh) {
  for (const each of fresh.querySelectorAll(waiting)) each.append(...(part(old, each.dataset.part)?.childNodes ?? []));
}

export const waits = () => Boolean(document.querySelector(waiting));

// The parts that were waited for take their place, and the charts in them are returned. Without a page they stay, grey.
export function fill(page, focus) {
  const was = focus.trail(document.activeElement);
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
  focus.follow(null, was, null);
  return charts;
}
