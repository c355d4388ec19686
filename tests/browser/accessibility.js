/**
 * What an accessibility checker would complain about on the page as it stands: names, targets, contrast, structure.
 * Evaluated in the page; gives a list of sentences, empty when all is well.
 */
() => {
  const found = [];
  const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 0;
  const what = (one) => one.outerHTML.slice(0, 100);

  const name = (one) => {
    const labelled = one.getAttribute("aria-labelledby");
    const label = one.getAttribute("aria-label") ?? (labelled && document.getElementById(labelled)?.textContent);
    return (label ?? ((one.labels && one.labels[0]?.textContent) || one.innerText || "")).trim();
  };
  for (const one of document.querySelectorAll("button, a[href], textarea, [role=log], [role=group]")) {
    if (shown(one) && one.tagName !== "SECTION" && !name(one)) found.push(`no name: ${what(one)}`);
    if (one.closest("[aria-hidden=true]")) found.push(`focusable but hidden from screen readers: ${what(one)}`);
  }
  for (const one of document.querySelectorAll("[tabindex]")) if (one.tabIndex > 0) found.push(`own tab order: ${what(one)}`);

  for (const one of document.querySelectorAll("button, .call, .calendar")) {
    const { width, height } = one.getBoundingClientRect();
    if (shown(one) && (width < 44 || height < 44)) found.push(`smaller than 44 px (${width} x ${height}): ${what(one)}`);
  }

  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) found.push(`id twice: ${id}`);
  if (document.querySelectorAll("h1").length !== 1) found.push("not exactly one h1");
  if (!document.querySelector("main")) found.push("no main");
  if (!document.documentElement.lang || !document.title) found.push("no language or title");

  const colour = (text) => {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
    return text.startsWith("color(") ? [red * 255, green * 255, blue * 255, alpha] : [red, green, blue, alpha];
  };
  const over = (top, under) => top.slice(0, 3).map((value, at) => value * top[3] + under[at] * (1 - top[3]));
  const background = (one) => {
    if (one === null) return [255, 255, 255];
    const own = colour(getComputedStyle(one).backgroundColor);
    return own[3] === 1 ? own.slice(0, 3) : over(own, background(one.parentElement));
  };
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((value) => value / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (text, behind) => {
    const [light, dark] = [luminance(over(text, behind)), luminance(behind)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !shown(one) || one.closest(".sr, .skip, noscript, :disabled")) continue;
    const ratio = contrast(colour(getComputedStyle(one).color), background(one));
    if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(2)} of "${texts.currentNode.data}": ${what(one)}`);
  }
  const box = document.getElementById("message");
  const hint = contrast(colour(getComputedStyle(box, "::placeholder").color), background(box));
  if (hint < 4.5) found.push(`contrast of the placeholder ${hint.toFixed(2)}`);
  const field = document.querySelector(".field");
  const edge = contrast(colour(getComputedStyle(field).borderTopColor), background(field.parentElement));
  if (edge < 3) found.push(`contrast of the box's edge ${edge.toFixed(2)}`);
  return found;
}
