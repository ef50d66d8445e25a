"use strict";
// Better with script, the same without: every button is a form's submit, every answer a whole page.
(async () => {
  const live = (id) => document.getElementById(id);
  let running = null;
  let specs = {};
  let turn = 0;
  let good = null; // the inputs of the answer that stands

  // -- numbers and days as the reader writes them; the server writes English, and reads it

  const tongue = navigator.language || "en";
  const marks = Object.fromEntries(new Intl.NumberFormat(tongue, { numberingSystem: "latn" }).formatToParts(12345678.9).map((each) => [each.type, each.value]));
  const group = marks.group ?? "";
  const foreign = marks.decimal !== "." || group !== "," || new Intl.NumberFormat(tongue, { numberingSystem: "latn" }).format(1234567) !== "1,234,567";
  const { native, english, written } = foreign ? (await import("./numbers.js")).numbersIn(tongue, marks.decimal, group) : { native: String, english: String, written: () => {} };

  const dayWords = new Intl.DateTimeFormat(tongue, { dateStyle: "medium", timeZone: "UTC" });
  const noted = (text) => native(text).replace(/(?<![\w@#/.-])\d{4}-\d\d-\d\d(?![\w:-])/g, (found) => dayWords.format(new Date(found)));

  function localise(root) {
    for (const each of root.querySelectorAll("time[datetime]")) each.textContent = dayWords.format(new Date(each.dateTime));
    written(root);
  }

  // -- charts

  const light = ["#0072b2", "#d55e00", "#00916a", "#b5548b", "#8a6d00", "#5b6ee1", "#767676", "#a3402e"];

  // The specification with the colours of the page, which paper and a dark screen change; the finding stands above the chart already.
  function dressed(spec) {
    const narrow = document.body.clientWidth < 640;
    const worn = JSON.parse(JSON.stringify(spec), (key, value) => {
      if (value === "#1b1f24") return "var(--ink)";
      if (key === "labelLimit" && narrow && value > 300) return Math.min(150, 0.36 * document.body.clientWidth);
      if (key === "label" && typeof value === "string") return native(narrow ? value.split(": ")[0] : value);
      const place = light.indexOf(value);
      return place < 0 ? value : `var(--c${place})`;
    });
    worn.width = "container";
    const axis = { labelColor: "var(--ink)", titleColor: "var(--ink)", gridColor: "var(--grid)", tickColor: "var(--grid)", domainColor: "var(--edge)" };
    worn.config = { ...worn.config, background: "transparent", axis: { ...worn.config.axis, ...axis } };
    worn.config.legend = { ...worn.config.legend, labelColor: "var(--ink)", columns: narrow ? 1 : 3 };
    if (narrow) worn.config.legend.labelLimit = 0.42 * document.body.clientWidth;
    return worn;
  }

  const options = { mode: "vega-lite", ast: true, actions: false, defaultStyle: false, renderer: "svg", tooltip: { disableDefaultStyle: true } };
  if (foreign) options.formatLocale = { decimal: marks.decimal, thousands: group, grouping: [3], currency: ["", ""] };

  async function draw(place) {
    const spec = specs[place.dataset.chart];
    if (!spec || !window.vegaEmbed) return;
    const fresh = document.createElement("div");
    fresh.style.width = `${place.clientWidth}px`;
    fresh.style.position = "absolute";
    fresh.style.visibility = "hidden";
    place.append(fresh);
    try {
      await window.vegaEmbed(fresh, dressed(spec), options);
      fresh.removeAttribute("style");
      fresh.style.width = "100%";
      place.replaceChildren(fresh);
      tools(place.dataset.chart);
    } catch (error) {
      fresh.remove();
      place.hidden = true; // its table stands under it
      throw error;
    }
  }

  function tools(chart) {
    const row = document.querySelector(`[data-tools="${chart}"]`);
    if (!row || row.childElementCount > 1) return;
    for (const kind of ["svg", "png"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.innerHTML = `${kind.toUpperCase()}<span class="hidden"> of the chart ${chart.replaceAll("-", " ")}</span>`;
      button.addEventListener("click", async () => (await import("./pictures.js")).save(chart, kind, specs[chart], options));
      row.append(button);
    }
  }

  // What is repeated in the specifications is written once, rows as columns.
  function unpacked({ shared, charts }) {
    const run = (column) => (column.each ? column.of.flatMap((value) => Array(column.each).fill(value)) : column.again ? Array(column.again).fill(column.of).flat() : column);
    const whole = (node) => {
      if (node === null || typeof node !== "object") return node;
      if ("$" in node) return whole(shared[node.$]);
      if (Array.isArray(node)) return node.map(whole);
      const made = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, whole(value)]));
      if (!made.columns || !made.words) return made;
      const columns = Object.fromEntries(Object.entries(made.columns).map(([key, column]) => [key, run(column)]));
      for (const [key, [words, places]] of Object.entries(made.words)) columns[key] = run(places).map((place) => words[place]);
      const keys = Object.keys(columns);
      return { values: (columns[keys[0]] ?? []).map((_, place) => Object.fromEntries(keys.map((key) => [key, columns[key][place]]))) };
    };
    return whole(charts);
  }

  // Charts of parts that are still to come keep theirs.
  function readSpecs(page) {
    const held = page.getElementById("specs");
    if (held) specs = { ...specs, ...unpacked(JSON.parse(held.textContent)) };
  }

  // Charts in sight first; the others keep what they show until their turn comes.
  async function drawAll(inSight) {
    const mine = ++turn;
    const near = (place) => place.getBoundingClientRect().top < innerHeight && place.getBoundingClientRect().bottom > 0;
    const places = [...document.querySelectorAll(".chart[data-chart]")];
    const first = places.filter(near);
    await Promise.all(first.map(draw));
    inSight?.();
    for (const place of places.filter((each) => !first.includes(each))) {
      await new Promise((next) => setTimeout(next));
      if (mine !== turn) return;
      if (place.isConnected) await draw(place);
    }
  }

  // -- a change is estimated at once

  function ready(root) {
    // browsers copy on https and on the reader's own machine alone
    for (const button of root.querySelectorAll(navigator.clipboard ? "[data-copy],[data-print]" : "[data-print]")) button.hidden = false;
  }

  function say(words) {
    live("status").textContent = words;
  }

  async function asked(body, later) {
    const sent = new URLSearchParams(body);
    for (const each of later) sent.append("later", each.dataset.part);
    const reply = await fetch(live("inputs").getAttribute("action"), { method: "POST", body: sent, signal: running.signal, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    if (!page.getElementById("answer")) throw new Error("no answer");
    localise(page);
    return page;
  }

  // Send the form as it stands; take the new answer, and of the inputs only what nobody has touched meanwhile.
  async function estimate(button, shape) {
    const body = new FormData(live("inputs"));
    if (button && button.name) body.append(button.name, button.value);
    running?.abort();
    const mine = (running = new AbortController());
    const answer = live("answer");
    answer.setAttribute("aria-busy", "true");
    say("Estimating…");
    performance.mark("asked");
    let found = null;
    try {
      found = await Promise.all([asked(body, answer.querySelectorAll("[data-part]")), import("./taking.js")]);
    } catch {
      if (mine.signal.aborted) return;
    }
    answer.setAttribute("aria-busy", "false");
    if (!found) {
      answer.classList.add("stale");
      for (const each of answer.querySelectorAll("[data-part]")) each.removeAttribute("aria-busy");
      return say("The service did not answer. Your inputs are kept, the answer is that of the last ones; try again.");
    }
    const [page, taking] = found;
    const rest = () => complete(mine, taking);
    if (!taking.take(page, body, shape, button, { english, ready, readSpecs })) return rest();
    good = body;
    await drawAll(() => {
      performance.measure("estimated and drawn", "asked");
      rest();
    });
  }

  // What takes long comes after the rest of the answer, for the last good inputs; the next change cancels it.
  async function complete(mine, taking) {
    if (mine.signal.aborted || !taking.waits()) return;
    const page = await asked(good, []).catch(() => null);
    if (mine.signal.aborted) return;
    if (page) readSpecs(page);
    else say("The service did not answer. What is grey is that of earlier inputs; try again.");
    for (const place of taking.fill(page)) await draw(place);
  }

  // -- what people do; fields and buttons outside the form belong to it by their attribute

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.target.id !== "inputs" || (button && "file" in button.dataset)) return;
    event.preventDefault();
    const [action, where = ""] = button?.name === "do" ? button.value.split(/:(.*)/s) : [""];
    estimate(button, button?.name === "at" || (action !== "" && (where === "" || where.startsWith("/"))));
  });

  document.addEventListener("change", (event) => {
    if (event.target.form?.id !== "inputs" || event.target.id === "add") return;
    estimate(null, "shape" in event.target.dataset);
  });

  document.addEventListener("formdata", (event) => {
    for (const field of event.target.elements) {
      if (field.inputMode === "decimal" && field.name) event.formData.set(field.name, english(field.value));
    }
  });

  for (const kind of ["input", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const field = event.target;
      if (field.dataset?.search) import("./names.js").then(({ search }) => search(field, noted));
    });
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (button && "print" in button.dataset) print();
    if (button && "copy" in button.dataset) {
      const source = live(button.dataset.copy);
      await navigator.clipboard.writeText(source.href || source.textContent);
      button.textContent = "copied";
    }
    const link = event.target.closest("a[href^='#']");
    if (link) {
      for (let node = live(decodeURIComponent(link.hash.slice(1))); node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    }
  });

  let width = document.body.clientWidth;
  let resizing = 0;
  addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => {
      if (document.body.clientWidth !== width) {
        width = document.body.clientWidth;
        drawAll();
      }
    }, 150);
  });

  ready(document);
  localise(document);
  readSpecs(document);
  drawAll().then(() => document.documentElement.setAttribute("data-drawn", ""));
})();
