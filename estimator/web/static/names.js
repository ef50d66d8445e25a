// Names that a field may hold, found on the server while somebody types.
let waiting = 0;

export function search(field, noted) {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const service = field.closest(".fields").querySelector("[name$='/service']");
    const query = new URLSearchParams({ what: field.dataset.search, q: field.value, of: service && service !== field ? service.value : "" });
    try {
      const found = await (await fetch(`/names?${query}`)).json();
      field.list?.replaceChildren(...found.map((each) => Object.assign(new Option(each.note ? `${each.name} – ${noted(each.note)}` : each.name, each.name))));
    } catch {
      // the field takes any name; the answer says when it is unknown
    }
  }, 120);
}
