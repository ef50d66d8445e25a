// A chart as a file: drawn once more with its title, in the colours of the light page.
export async function save(chart, kind, spec, options) {
  const told = document.querySelector(`.chart[data-chart="${chart}"]`).closest("section");
  const words = `${told.querySelector("h2").textContent}: ${told.querySelector(".finding").textContent}`;
  const title = { text: words.match(/.{1,86}(?:\s|$)/g), anchor: "start", fontSize: 14, offset: 12 };
  const made = await window.vegaEmbed(document.createElement("div"), { ...spec, title }, options);
  const link = document.createElement("a");
  link.href = kind === "svg" ? URL.createObjectURL(new Blob([await made.view.toSVG()], { type: "image/svg+xml" })) : await made.view.toImageURL("png", 2);
  link.download = `${chart}.${kind}`;
  link.click();
  made.finalize();
}
