/** Text to DOM nodes with links. Nothing a message says is ever parsed as HTML. */

const LINK = /https?:\/\/[^\s<>"'`]+|(?<=^|[\s("'])\/[a-z0-9][\w-]*\/[\w./%~?=&-]+/giu;
const TRAILING = /[.,;:!?)\]}'"»”’…]+$/u;

/** The nodes of a message. `say` gives the page's own words. */
export function linked(text, say) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = match[0].replace(TRAILING, "");
    const url = safeUrl(shown);
    if (url === null) continue;
    nodes.push(text.slice(end, match.index), anchor(url, shown, say));
    end = match.index + shown.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function safeUrl(shown) {
  try {
    const url = new URL(shown, location.origin);
    const own = shown.startsWith("/") && url.origin !== location.origin;
    return /^https?:$/.test(url.protocol) && !own ? url : null;
  } catch {
    return null;
  }
}

function anchor(url, shown, say) {
  const link = document.createElement("a");
  link.href = url.href;
  link.textContent = shown;
  if (url.origin === location.origin && url.pathname.endsWith(".ics")) {
    link.className = "calendar";
    link.textContent = say("calendar");
  } else {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.title = say("newTab");
  }
  return link;
}
