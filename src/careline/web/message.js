/** The elements a message is made of. */

import { linked } from "./links.js";

/** An element with attributes, properties in `on` as listeners, and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** `turn id:direction`, what a message is known by. */
export const key = (turnId, direction) => `${turnId}:${direction}`;

/** A message as an article. `from` is "you" or "them", `at` a Date, `who` the name a screen reader says. */
export function article({ from, who, text, at, locale, say }) {
  const time = element("time", { datetime: at.toISOString() }, clockTime(at, locale));
  return element(
    "article",
    { class: `message ${from}`, "data-day": dayOf(at) },
    element("span", { class: "sr" }, `${who}: `),
    bubble(...linked(text, say)),
    element("p", { class: "meta" }, time),
  );
}

/** The bubble of a reply that is still being written. */
export function draftArticle() {
  const dots = element("span", { class: "dots" }, element("i"), element("i"), element("i"));
  return element("div", { class: "message them draft typing" }, bubble(dots));
}

/** The text has its own direction, the bubble around it the page's. */
const bubble = (...nodes) => element("div", { class: "bubble" }, element("div", { class: "text", dir: "auto" }, ...nodes));

/** The offered answers as buttons; `choose(value)` is called once, for the first one pressed. */
export function choiceButtons(choices, label, choose) {
  const group = element("div", { class: "choices", role: "group", "aria-label": label });
  for (const { title, value } of choices) {
    const press = () => {
      if (group.isConnected) choose(value);
    };
    group.append(element("button", { type: "button", dir: "auto", onclick: press }, title));
  }
  return group;
}

/** The heading between two days: today and yesterday by name. */
export function dayHeading(day, locale) {
  const date = new Date(`${day}T12:00:00`);
  const ago = Math.round((new Date(`${dayOf(new Date())}T12:00:00`) - date) / 86_400_000);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const long = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const text = ago < 2 && ago >= 0 ? capital(words.format(-ago, "day"), locale) : long.format(date);
  return element("h2", { class: "day", "data-day": day }, text);
}

const clockTime = (at, locale) => new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(at);

const capital = (text, locale) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);

/** The local calendar day, as 2026-11-21. */
function dayOf(at) {
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
