// What a reader would stumble over on the page that is open: a list of sentences, empty where there is nothing.
(() => {
  const faults = [];
  const said = (element) => (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 60);
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: false });
  const heardOnly = (element) => getComputedStyle(element).clipPath !== "none" || (element.parentElement && element.parentElement !== document.body && heardOnly(element.parentElement));

  // Sideways scrolling.
  const page = document.scrollingElement;
  if (page.scrollWidth > document.documentElement.clientWidth) {
    faults.push(`the page is ${page.scrollWidth} wide in a window of ${document.documentElement.clientWidth}`);
    for (const element of document.body.querySelectorAll("*")) {
      if (element.getBoundingClientRect().right > document.documentElement.clientWidth + 1) faults.push(`too wide: <${element.localName}> ${said(element)}`);
    }
  }

  // Headings in order, one of the first kind, every section named by one.
  const headings = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((h) => [Number(h.localName[1]), said(h)]);
  if (headings.filter(([level]) => level === 1).length !== 1) faults.push("not exactly one h1");
  headings.reduce((before, [level, words]) => {
    if (level > before + 1) faults.push(`heading "${words}" skips a level`);
    if (!words) faults.push("an empty heading");
    return level;
  }, 0);
  for (const section of document.querySelectorAll("section")) {
    const name = document.getElementById(section.getAttribute("aria-labelledby"));
    if (!name || !section.contains(name)) faults.push(`section ${section.id} has no heading of its own`);
  }

  // Ids once; links that lead somewhere on the page and nowhere else.
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) faults.push(`id ${id} stands twice`);
  for (const link of document.querySelectorAll("a")) {
    const href = link.getAttribute("href") || "";
    if (!href.startsWith("#") || !document.getElementById(href.slice(1))) faults.push(`link ${href} leads nowhere`);
  }

  // Tables.
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption || !said(table.caption)) faults.push(`a table without a caption: ${said(table)}`);
    for (const head of table.querySelectorAll("th")) if (!head.scope) faults.push(`th without scope: ${said(head)}`);
    const columns = table.tHead ? table.tHead.rows[0].cells.length : 0;
    for (const row of table.rows) if (row.cells.length !== columns) faults.push(`a row of ${row.cells.length} cells under ${columns} heads: ${said(row)}`);
  }

  // Figures: every one says its base and how it is counted.
  const figures = [...document.querySelectorAll("[data-figure]")];
  for (const figure of figures) {
    const id = figure.dataset.figure;
    const definition = document.querySelector(`[id="def-${id}"] .definition`);
    if (!definition || !said(definition)) faults.push(`figure ${id} has no definition`);
    const base = figure.querySelector(".base");
    const fold = figure.closest("details");
    if (!base || !said(base) || !(shown(base) || (fold && shown(fold.querySelector("summary"))))) faults.push(`figure ${id} has no base in sight`);
    const value = figure.querySelector(".value");
    if (!value || !said(value)) faults.push(`figure ${id} has no value`);
  }

  // Charts: a text alternative, a caption, words that can be read and do not run into each other.
  for (const svg of document.querySelectorAll("svg")) {
    const name = (svg.getAttribute("aria-labelledby") || "").split(" ").map((id) => svg.querySelector(`[id="${id}"]`));
    if (svg.getAttribute("role") !== "img" || name.length < 2 || name.some((element) => !element || !said(element))) faults.push("a chart without a text alternative");
    const around = svg.closest("figure");
    if (!around || !around.querySelector("figcaption") || !said(around.querySelector("figcaption"))) faults.push(`a chart without a caption: ${said(svg)}`);
    const frame = svg.getBoundingClientRect();
    const words = [...svg.querySelectorAll("text")].map((text) => [said(text), text.getBoundingClientRect(), text]);
    words.forEach(([what, box, text], at) => {
      const size = parseFloat(getComputedStyle(text).fontSize) * (frame.width / svg.viewBox.baseVal.width);
      if (size < 9.5) faults.push(`"${what}" is ${size.toFixed(1)} px small`);
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 2) faults.push(`"${what}" runs out of its chart`);
      for (const [other, its] of words.slice(at + 1)) {
        const wide = Math.min(box.right, its.right) - Math.max(box.left, its.left);
        const high = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
        if (wide > 1 && high > 4) faults.push(`"${what}" runs into "${other}"`);
      }
    });
  }

  // Contrast, as WCAG 2.2 counts it: 4.5 to 1 for text, 3 to 1 for large text and for what a chart is read by.
  const colour = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const back = colour(getComputedStyle(at).backgroundColor);
      if (back.length === 3 || back[3] > 0) return back;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  const seen = new Set();
  let texts = 0;
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const inChart = element.ownerSVGElement;
    if (inChart && !["text", "rect", "circle"].includes(element.localName)) continue;
    if (inChart && element.closest("pattern")) continue;
    if (!(own || (inChart && element.localName !== "text")) || !shown(element) || heardOnly(element)) continue;
    const isText = own;
    if (!isText && /track/.test(element.getAttribute("class") || "")) continue;
    let front = inChart ? style.fill : style.color;
    if (front.startsWith("url")) front = style.stroke;
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const need = !isText || large ? 3 : 4.5;
    const is = contrast(colour(front), behind(element));
    texts += isText ? 1 : 0;
    const fault = `contrast ${is.toFixed(2)} of ${front}, ${need} needed: <${element.localName} class="${element.getAttribute("class") || ""}">`;
    if (!(is >= need) && !seen.has(fault)) {
      seen.add(fault);
      faults.push(`${fault} ${said(element)}`);
    }
  }

  return {
    faults,
    width: document.documentElement.clientWidth,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    background: getComputedStyle(document.body).backgroundColor,
    sections: [...document.querySelectorAll("section")].map((section) => section.id),
    figures: figures.length,
    charts: document.querySelectorAll("svg").length,
    tables: document.querySelectorAll("table").length,
    texts,
    // What is folded away: only to be seen on paper.
    folded: [...document.querySelectorAll("details > :not(summary)")].filter((element) => !shown(element)).length,
    foldedInAll: document.querySelectorAll("details").length,
    text: document.body.innerText,
  };
})()
