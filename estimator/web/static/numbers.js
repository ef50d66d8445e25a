// Numbers as a reader writes them who does not write them in English; the server writes English, and reads it.

// A number with a mark in it that is no part of a name, a day or a version: 93,066 or -1.39 or 4.58M, not gpt-4.1, 0.2.3 or a@1.5.
const NUMBER = /(?<![\p{L}\p{N}_./:@#~+−-]|[\p{L}\p{N}],)[-−+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(?:e[-+]?\d+)?(?!\w*[\d_]|\w*[/:@-]\w|[.,]\d)/gu;
const MARKED = /\d[.,]\d/;

// What is no text, what is written already, and what is called so: sources and the offers of the price table.
const LEFT = "code,pre,textarea,script,style,svg,data,time,[translate=no],option:not([value]),a[rel=noreferrer],#price-table :is(th,td:last-child)";

const value = (found) => found.replaceAll(",", "").replace("−", "-");

export function numbersIn(tongue, decimal, group) {
  const whole = new Intl.NumberFormat(tongue, { numberingSystem: "latn" });
  let names = null; // that people gave, with such a mark in them

  const write = (found) => {
    const [, before, rest, after] = found.match(/^(\D?)([\d,]+)(.*)$/);
    return before + whole.format(BigInt(rest.replaceAll(",", ""))) + after.replace(".", decimal);
  };

  // A text as names (at odd places) and what stands between them.
  const pieces = (text) => (names ? text.split(names) : [text]);

  const native = (text) => pieces(text).map((piece, place) => (place % 2 ? piece : piece.replace(NUMBER, write))).join("");

  function english(text) {
    const bare = text.replace(/[\s\u2019']/g, "");
    const grouped = group && !/\s|’/.test(group) && new RegExp(`^[-+]?\\d{1,3}(\\${group}\\d{2,3})*\\${group}\\d{3}(\\D|$)`).test(bare);
    const plain = grouped ? bare.replaceAll(group, "") : bare;
    const read = plain.replace(decimal, ".");
    return /^[-+]?\d*\.?\d+(e[-+]?\d+)?(%|[kmb])?$/i.test(read) ? read : text;
  }

  // The names of approaches stand in legends or in [data-names], those of all else in the fields for words.
  function named(root) {
    const given = [...root.querySelectorAll("#inputs legend")].map((each) => each.firstChild.data.trim());
    for (const each of root.querySelectorAll("[data-names]")) given.push(...JSON.parse(each.dataset.names));
    for (const each of root.querySelectorAll("#inputs .field input:not([inputmode])")) given.push(each.value);
    const held = given.filter((each) => MARKED.test(each)).sort((one, other) => other.length - one.length);
    const exact = held.map((each) => each.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|");
    return held.length ? new RegExp(`(?<![\\p{L}\\p{N}.,])(${exact})(?![\\p{L}\\p{N}]|[.,]\\d)`, "iu") : null;
  }

  // A text with its figures as data that hold the English number.
  function marked(node) {
    const page = node.ownerDocument;
    return pieces(node.data).flatMap((piece, place) => {
      if (place % 2) return [piece];
      const found = piece.match(NUMBER) ?? [];
      return piece.split(NUMBER).flatMap((words, turn) => {
        if (turn === found.length) return [words];
        const figure = page.createElement("data");
        figure.value = value(found[turn]);
        figure.textContent = write(found[turn]);
        return [words, figure];
      });
    });
  }

  // A figure that begins a text of its own leaves the English number in the element around it.
  function written(root) {
    names = named(root);
    for (const each of root.querySelectorAll("data")) each.textContent = native(each.textContent);
    const texts = [];
    const walker = root.createTreeWalker(root.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (MARKED.test(walker.currentNode.data) && !walker.currentNode.parentElement.closest(LEFT)) texts.push(walker.currentNode);
    for (const each of texts) {
      const around = each.parentElement;
      const parts = marked(each);
      const figures = parts.filter((part) => part.value);
      if (around.tagName === "OPTION") each.data = native(each.data);
      else if (figures.length === 1 && around.childNodes.length === 1 && !parts[0].trim()) {
        around.dataset.value = figures[0].value;
        each.data = native(each.data);
      } else each.replaceWith(...parts);
    }
    for (const each of root.querySelectorAll("input[inputmode=decimal]")) {
      each.value = native(each.value);
      each.placeholder = native(each.placeholder);
    }
  }

  return { native, english, written };
}
