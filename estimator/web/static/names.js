// Names that a field may hold, found on the server while somebody types.
let waiting = 0;
let asked = null;

// The last question alone is answered; a field that a new answer took away meanwhile asks nothing.
export function search(field, noted) {
  clearTimeout(waiting);
  asked?.abort();
  waiting = setTimeout(async () => {
    if (!field.isConnected) return;
    asked = new AbortController();
    const service = field.closest(".fields").querySelector("[name$='/service']");
    const query = new URLSearchParams({ what: field.dataset.search, q: field.value, of: service && service !== field ? service.value : "" });
    try {
      const found = await (await fetch(`/names?${query}`, { signal: asked.signal })).json();
      field.list?.replaceChildren(...found.map((each) => Object.assign(new Option(each.note ? `${each.name} – ${noted(each.note)}` : each.name, each.name))));
    } catch {
      // another question came first, or none was answered: the field takes any name, and the answer says when it is unknown
    }
  }, 120);
}
