/** Wires the page together. */

import { Banners } from "./banners.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Conversation } from "./conversation.js";
import { Outbox } from "./outbox.js";
import { chooseLanguage, direction, texts } from "./texts.js";
import * as transport from "./transport.js";
import { View } from "./view.js";

const language = chooseLanguage(navigator.languages ?? [navigator.language]);
const say = texts(language);
const locale = navigator.languages?.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
const hints = { locale: navigator.language, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone };

speak();
const connection = new Connection((state) => banners.connection(state));
const banners = new Banners({ say, retry: () => connection.retryNow() });
const composer = new Composer({ say, send: (text) => conversation.send(text), escape: () => stop() });
const view = new View({ say, locale, banners, choose, edit });
const conversation = new Conversation({ transport, outbox: new Outbox(), connection, view, hints });

banners.connection("connecting");
introduce();
conversation.open();
addEventListener("online", () => conversation.refresh());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") conversation.refresh();
});
document.getElementById("stop").addEventListener("click", stop);
loadOlderOnScroll(document.getElementById("earlier"));
composer.focus();

function choose(value) {
  conversation.send(value);
  composer.focus();
}

function edit(text) {
  composer.set(text);
  document.getElementById("message").focus();
}

function stop() {
  if (!document.getElementById("stop").hidden) conversation.stop();
}

/** The page's own words, in the visitor's language. */
function speak() {
  document.documentElement.lang = language;
  document.documentElement.dir = direction(language);
  for (const one of document.querySelectorAll("[data-text]")) one.textContent = say(one.dataset.text);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
  for (const one of document.querySelectorAll("[data-placeholder]")) one.placeholder = say(one.dataset.placeholder);
}

/** Says who answers. The page's own disclosure stands until the server's is known. */
async function introduce() {
  const about = await conversation.persist(() => transport.about());
  document.title = say("title", about);
  composer.limit(about.max_content);
  document.getElementById("name").textContent = about.name;
  document.getElementById("clinic").textContent = about.clinic;
  const disclosure = document.getElementById("disclosure");
  disclosure.textContent = about.disclosure[language] ?? say("disclosure");
  view.introduce(about.name, about.languages.includes(language) ? say("starters") : []);
}

function loadOlderOnScroll(earlier) {
  earlier.addEventListener("click", () => conversation.older());
  const root = document.getElementById("scroller");
  const seen = ([entry]) => entry.isIntersecting && conversation.older();
  new IntersectionObserver(seen, { root, rootMargin: "160px 0px 0px" }).observe(earlier);
}
