// Where the focus goes when what had it is gone: to what a button brought, to its successor, or to where it was.
const opposite = { open: "close", close: "open", set: "unset", unset: "set", range: "single", single: "range" };
const brought = { curve: "#curve", workings: ".workings summary", assumptions: "#assumption-table summary", curl: "#curl-text" };
const fields = "input:not([type=hidden]),select,button";

// How to find an element again in a page that was written anew.
export function trail(node) {
  if (node.id) return `[id="${CSS.escape(node.id)}"]`;
  return node.name ? `[name="${CSS.escape(node.name)}"][value="${CSS.escape(node.value)}"]` : "";
}

export const groups = () => new Set([...document.querySelectorAll("#inputs fieldset[id]")].map((each) => each.id));

export function follow(button, was, known) {
  if (document.activeElement !== document.body) return;
  const [action, where = ""] = button?.name === "do" ? button.value.split(/:(.*)/s) : [""];
  const pressed = (value) => document.querySelector(`[name=do][value="${CSS.escape(value)}"]`);
  const inside = (id) => document.getElementById(id.replaceAll(" ", "_"))?.querySelector(fields);
  const made = () => [...document.querySelectorAll("#inputs fieldset[id]")].find((each) => !known.has(each.id))?.querySelector(fields);
  const part = !where || where.startsWith("/");
  const fresh = {
    open: () => (part ? inside(`g${where}`) : document.querySelector(brought[where] ?? "#answer :focus")),
    set: () => inside(`g${where}`),
    range: () => inside(`wf${where}`),
    single: () => inside(`wf${where}`),
    add: made,
    copy: made,
    append: made,
  }[action]?.();
  if (fresh) return fresh.focus();
  const list = where.replace(/\/\d+$/, "");
  const near = (was && document.querySelector(was)) || pressed(`${opposite[action]}:${where}`) || pressed(`show:${where}`) || (action === "remove" && (document.querySelector(`[name=do][value^="append:${CSS.escape(list)}"]`) ?? document.getElementById("add")));
  near?.focus?.({ preventScroll: true });
}
