"use strict";
// Better with script, the same without: every button is a form's submit, every answer a whole page.
(() => {
  const live = (id) => document.getElementById(id);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let running = null;
  let specs = {};

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // The specification with the colours of the page; the finding stands above the chart already.
  function dressed(spec) {
    const names = ["--c0", "--c1", "--c2", "--c3", "--c4", "--c5", "--c6", "--c7"].map(colour);
    const light = ["#0072b2", "#d55e00", "#00916a", "#b5548b", "#8a6d00", "#5b6ee1", "#767676", "#a3402e"];
    const ink = colour("--ink");
    const narrow = document.body.clientWidth < 640;
    const worn = JSON.parse(JSON.stringify(spec), (key, value) => {
      if (value === "#1b1f24") return ink;
      if (narrow && key === "label" && typeof value === "string") return value.split(": ")[0];
      const place = light.indexOf(value);
      return place < 0 ? value : names[place];
    });
    delete worn.title;
    worn.width = "container";
    const axis = { labelColor: ink, titleColor: ink, gridColor: colour("--grid"), tickColor: colour("--grid"), domainColor: colour("--edge") };
    worn.config = { ...worn.config, background: "transparent", axis: { ...worn.config.axis, ...axis } };
    worn.config.legend = { ...worn.config.legend, labelColor: ink, columns: narrow ? 1 : 3 };
    return worn;
  }

  const options = { ast: true, actions: false, defaultStyle: false, renderer: "svg", tooltip: { disableDefaultStyle: true } };

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
      place.replaceChildren(fresh, tools(place.dataset.chart));
    } catch (error) {
      fresh.remove();
      place.hidden = true; // its table stands under it
      throw error;
    }
  }

  function tools(chart) {
    const row = document.createElement("p");
    row.className = "tools";
    for (const kind of ["svg", "png"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.innerHTML = `${kind.toUpperCase()}<span class="hidden"> of the chart ${chart.replaceAll("-", " ")}</span>`;
      button.addEventListener("click", () => save(chart, kind));
      row.append(button);
    }
    return row;
  }

  async function save(chart, kind) {
    const away = document.createElement("div");
    const made = await window.vegaEmbed(away, specs[chart], options);
    const link = document.createElement("a");
    link.href = kind === "svg" ? URL.createObjectURL(new Blob([await made.view.toSVG()], { type: "image/svg+xml" })) : await made.view.toImageURL("png", 2);
    link.download = `${chart}.${kind}`;
    link.click();
    made.finalize();
  }

  function drawAll() {
    const held = live("specs");
    specs = held ? JSON.parse(held.textContent) : {};
    for (const spec of Object.values(specs)) {
      const { columns, rows } = spec.data;
      spec.data = { values: rows.map((row) => Object.fromEntries(row.map((value, place) => [columns[place], value]))) };
    }
    return Promise.all([...document.querySelectorAll(".chart[data-chart]")].map(draw));
  }

  function ready(root) {
    for (const button of root.querySelectorAll("[data-copy],[data-print]")) button.hidden = false;
  }

  function say(words) {
    live("status").textContent = words;
  }

  // Send the form as it stands; take the new answer, and of the inputs only what nobody has touched meanwhile.
  async function estimate(button, shape) {
    const form = live("inputs");
    const body = new FormData(form);
    if (button && button.name) body.append(button.name, button.value);
    if (running) running.abort();
    const mine = (running = new AbortController());
    const answer = live("answer");
    answer.setAttribute("aria-busy", "true");
    say("Estimating…");
    let page = null;
    try {
      const reply = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(body), signal: mine.signal, headers: { Accept: "text/html" } });
      page = new DOMParser().parseFromString(await reply.text(), "text/html");
    } catch {
      if (mine.signal.aborted) return;
    }
    running = null;
    answer.setAttribute("aria-busy", "false");
    if (page?.getElementById("answer")) take(page, body, shape);
    else say("The service did not answer. Your inputs are kept; try again.");
  }

  function take(page, sent, shape) {
    const fresh = document.adoptNode(page.getElementById("answer"));
    const old = live("answer");
    for (const each of old.querySelectorAll("details[open][id]")) fresh.querySelector(`#${CSS.escape(each.id)}`)?.setAttribute("open", "");
    for (const place of fresh.querySelectorAll(".chart")) {
      const before = old.querySelector(`.chart[data-chart="${place.dataset.chart}"]`);
      if (before) place.append(...before.childNodes);
    }
    const focused = old.contains(document.activeElement) ? null : document.activeElement?.id;
    const missing = [...page.querySelectorAll("#inputs .field")].some((each) => !live(each.id) && each.id);
    old.replaceWith(fresh);
    if (shape || missing) {
      const form = live("inputs");
      const above = form.scrollTop;
      const next = document.adoptNode(page.getElementById("inputs"));
      if (form.querySelector("#as-text")?.open) next.querySelector("#as-text").open = true;
      form.replaceWith(next);
      next.scrollTop = above;
      wire(next);
      (focused ? live(focused) : null)?.focus({ preventScroll: true });
      if (typeof shape === "string") (live(shape)?.querySelector("input,select,button"))?.focus();
    } else {
      renew(page, sent);
    }
    live("specs")?.remove();
    const specsNode = page.getElementById("specs");
    if (specsNode) document.body.append(document.adoptNode(specsNode));
    const status = page.getElementById("status");
    live("status").replaceChildren(...(status ? status.childNodes : live("status").childNodes));
    document.title = page.title;
    const link = live("permalink");
    if (link) history.replaceState(null, "", link.href);
    ready(document);
    drawAll();
  }

  function renew(page, sent) {
    for (const fresh of page.querySelectorAll("#inputs .field[id]")) {
      const old = live(fresh.id);
      const field = old?.querySelector("input,select");
      if (!old || old.contains(document.activeElement)) {
        mark(old, fresh);
        continue;
      }
      if (field?.name && field.value === sent.get(field.name)) old.replaceWith(document.adoptNode(fresh));
    }
    const text = live("text");
    if (document.activeElement !== text && text.value.replaceAll("\r\n", "\n") === String(sent.get("scenario")).replaceAll("\r\n", "\n")) {
      text.value = page.getElementById("text").value;
      live("inputs").querySelector("[name=digest]").value = page.querySelector("[name=digest]").value;
    }
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

  let waiting = 0;
  function search(field) {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const service = field.closest(".fields").querySelector("[name$='/service']");
      const query = new URLSearchParams({ what: field.dataset.search, q: field.value, of: service && service !== field ? service.value : "" });
      try {
        const found = await (await fetch(`/names?${query}`)).json();
        field.list?.replaceChildren(...found.map((each) => Object.assign(new Option(each.note ? `${each.name} – ${each.note}` : each.name, each.name))));
      } catch {
        // the field takes any name; the answer says when it is unknown
      }
    }, 120);
  }

  function wire(form) {
    form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (button && "file" in button.dataset) return;
      event.preventDefault();
      const action = button && button.name === "do" ? button.value : "";
      const where = /^(open|set|range):/.test(action) ? action.replace(/^\w+:/, "") : "";
      const inside = where && (action.startsWith("range") ? `wf${where}` : `g${where}`);
      if (action === "levers") {
        estimate(button, false).then(() => {
          const heading = live("why");
          heading?.setAttribute("tabindex", "-1");
          heading?.focus();
        });
        return;
      }
      estimate(button, action ? (inside || "").replaceAll(" ", "_") || true : false);
    });
    form.addEventListener("change", (event) => {
      if (event.target.id === "add") return;
      estimate(null, "shape" in event.target.dataset);
    });
    for (const kind of ["input", "focusin"]) {
      form.addEventListener(kind, (event) => {
        if (event.target.dataset?.search) search(event.target);
      });
    }
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
  dark.addEventListener("change", drawAll);

  if (live("inputs")) wire(live("inputs"));
  ready(document);
  drawAll().then(() => document.documentElement.setAttribute("data-drawn", ""));
})();
