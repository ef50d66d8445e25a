// Numbers as a reader writes them who does not write them in English; the server writes English, and reads it.
const ENGLISH = /^([-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?:[%kMB]| [A-Za-z][\w/-]*| \([^)]*\))?$/;

export function numbersIn(tongue, decimal, group) {
  const write = (digits, value) => new Intl.NumberFormat(tongue, { numberingSystem: "latn", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

  function native(text) {
    return text.replace(/\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?/, (found) => write((found.split(".")[1] ?? "").length, Number(found.replaceAll(",", ""))));
  }

  function english(text) {
    const bare = text.replace(/[\s\u2019']/g, "");
    const grouped = group && !/\s|’/.test(group) && new RegExp(`^[-+]?\\d{1,3}(\\${group}\\d{2,3})*\\${group}\\d{3}(\\D|$)`).test(bare);
    const plain = grouped ? bare.replaceAll(group, "") : bare;
    const read = plain.replace(decimal, ".");
    return /^[-+]?\d*\.?\d+(e[-+]?\d+)?(%|[kmb])?$/i.test(read) ? read : text;
  }

  function written(root) {
    for (const each of root.querySelectorAll("data")) each.textContent = native(each.textContent);
    for (const each of root.querySelectorAll("#answer :is(td,dd,th:has([name=at]),.total,.against,.working span),.pairs td,table td")) {
      for (const leaf of each.querySelector("a,button") ? each.querySelectorAll("a,button") : [each]) {
        if (leaf.childElementCount || leaf.dataset.value || !ENGLISH.test(leaf.textContent.trim())) continue;
        leaf.dataset.value = leaf.textContent.trim().match(ENGLISH)[1].replaceAll(",", "");
        leaf.textContent = native(leaf.textContent);
      }
    }
    for (const each of root.querySelectorAll("input[inputmode=decimal]")) {
      if (ENGLISH.test(each.value)) each.value = native(each.value);
      if (ENGLISH.test(each.placeholder)) each.placeholder = native(each.placeholder);
    }
  }

  return { native, english, written };
}
