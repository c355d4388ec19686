/** The thread of messages on the page. Replies are written outside the live log and join it whole, once. */

import { article, choiceButtons, dayHeading, draftArticle, element, key } from "./message.js";

const NEAR_END = 96;
const TYPING_SAID_AFTER_MS = 1200;

export class View {
  #at = (id) => document.getElementById(id);
  #say;
  #locale;
  #banners;
  #choose;
  #edit;
  #name = "Careline";
  #open = new Map();
  #typingTimer = 0;
  #welcome = [];

  /** `choose(value)` is called for a pressed choice, `edit(text)` for a refused message taken back. */
  constructor({ say, locale, banners, choose, edit }) {
    this.#say = say;
    this.#locale = locale;
    this.#banners = banners;
    this.#choose = choose;
    this.#edit = edit;
    const scroller = this.#at("scroller");
    scroller.addEventListener("scroll", () => this.#showJump(), { passive: true });
    this.#at("jump").addEventListener("click", () => this.scrollToEnd());
    this.#keepEndWhenResized(scroller);
  }

  /** Who answers: the assistant's name, and the first messages to offer in an empty conversation. */
  introduce(name, starters) {
    this.#name = name;
    this.#welcome = starters;
    this.#showWelcome();
  }

  /** Messages that are older than all that is shown. */
  prepend(messages, more) {
    const scroller = this.#at("scroller");
    const first = this.#at("past").childElementCount === 0;
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    const fresh = this.#fresh(messages);
    const articles = fresh.map((message) => this.#stored(message));
    this.#at("past").prepend(...articles);
    this.#at("earlier").hidden = !more;
    if (first && !document.querySelector("#log > article")) this.#offer(messages.at(-1), articles.at(-1));
    this.#settled();
    if (first) this.scrollToEnd();
    else scroller.scrollTop = scroller.scrollHeight - fromEnd;
  }

  /** The newest stored messages: those not shown yet are added at the end. */
  merge(messages) {
    const fresh = this.#fresh(messages);
    for (const message of fresh) this.#add(this.#stored(message));
    if (fresh.length) this.#offer(fresh.at(-1), this.#at("log").lastElementChild);
  }

  /** The visitor's own message, before the server has acknowledged it. */
  own({ text, at }) {
    const shown = this.#article("you", text, new Date(at));
    const state = element("span", { class: "state", "aria-hidden": "true" });
    shown.querySelector(".meta").append(state);
    const set = (name, words) => {
      shown.dataset.state = name;
      state.textContent = words;
    };
    set("sending", this.#say("sending"));
    this.#removeChoices();
    this.#add(shown);
    this.scrollToEnd();
    return {
      waiting: () => set("waiting", this.#say("waiting")),
      sent: () => set("sent", this.#say("sent")),
      stopped: () => set("stopped", this.#say("stopped")),
      refused: (refusal) => {
        set("refused", "");
        this.#refuse(shown, text, refusal);
      },
      belongsTo: (turnId) => (shown.dataset.key = key(turnId, "incoming")),
      remove: () => {
        shown.remove();
        this.#settled();
      },
    };
  }

  /** A reply to come. It counts from now on, and is seen from `begin()`. */
  draft() {
    const shown = draftArticle();
    const bubble = shown.querySelector(".text");
    const dots = bubble.firstElementChild;
    let text = "";
    this.#open.set(shown, null);
    return {
      begin: () => {
        this.#atEnd(() => this.#at("drafts").append(shown));
        this.#typing();
      },
      append: (more) => {
        if (!more) return;
        text += more;
        shown.classList.remove("typing");
        this.#atEnd(() => bubble.replaceChildren(text));
      },
      clear: () => {
        text = "";
        shown.classList.add("typing");
        bubble.replaceChildren(dots);
      },
      finish: (turnId, frame) => this.#close(shown, () => text && this.#reply(text, turnId, frame)),
      remove: () => this.#close(shown, () => {}),
    };
  }

  /** Ends a draft by `ending`, after those begun before it: replies stand in the order of what they answer. */
  #close(draft, ending) {
    if (this.#open.has(draft)) this.#open.set(draft, ending);
    for (const [shown, end] of this.#open) {
      if (end === null) return;
      this.#open.delete(shown);
      this.#atEnd(() => {
        shown.remove();
        this.#typing();
        end();
      });
    }
  }

  emergency(emergency) {
    this.#banners.emergency(emergency);
  }

  complaint(refusal) {
    this.#banners.complaint(refusal);
  }

  /** The server takes requests again: no complaint stands. */
  settled() {
    this.#banners.settled();
  }

  scrollToEnd() {
    const scroller = this.#at("scroller");
    scroller.scrollTop = scroller.scrollHeight;
  }

  #reply(text, turnId, { timestamp, choices, error_type: errorType }) {
    if (this.#known().has(key(turnId, "outgoing"))) return;
    const shown = this.#article("them", text, new Date(timestamp));
    shown.dataset.key = key(turnId, "outgoing");
    if (errorType) shown.dataset.state = "failed";
    for (const state of document.querySelectorAll("[data-state=sent] .state")) state.textContent = "";
    this.#offer({ direction: "outgoing", choices }, shown);
    this.#add(shown);
  }

  #stored({ direction, content, timestamp, turn_id: turnId, media_urls: images, audio_urls: sounds, ...rest }) {
    const heard = sounds.map((sound, at) => rest.audio_transcripts[at] ?? sound);
    const text = [content, ...images, ...heard].filter(Boolean).join("\n");
    const shown = this.#article(direction === "incoming" ? "you" : "them", text, new Date(timestamp));
    shown.dataset.key = key(turnId, direction);
    return shown;
  }

  #article(from, text, at) {
    const who = from === "you" ? this.#say("you") : this.#name;
    return article({ from, who, text, at, locale: this.#locale, say: this.#say });
  }

  /** The choices of the last message, unless the visitor has already said something else. */
  #offer(message, shown) {
    this.#removeChoices();
    if (!message?.choices?.length || message.direction !== "outgoing" || this.#open.size > 0) return;
    const choose = (value) => {
      this.#removeChoices();
      this.#choose(value);
    };
    shown.append(choiceButtons(message.choices, this.#say("choices"), choose));
  }

  #refuse(shown, text, refusal) {
    const why = this.#say("refused", { detail: this.#banners.explain(refusal) });
    const edit = () => {
      shown.remove();
      this.#settled();
      this.#edit(text);
    };
    const button = element("button", { type: "button", onclick: edit }, this.#say("edit"));
    shown.append(element("div", { class: "refusal", role: "alert" }, element("p", { dir: "auto" }, why), button));
    this.scrollToEnd();
  }

  /** Those that are not shown yet. An erased message has nothing to show. */
  #fresh(messages) {
    const known = this.#known();
    const empty = ({ content, media_urls: images, audio_urls: sounds }) => !content && !images.length && !sounds.length;
    return messages.filter((message) => !known.has(key(message.turn_id, message.direction)) && !empty(message));
  }

  #known() {
    return new Set([...document.querySelectorAll("article[data-key]")].map((shown) => shown.dataset.key));
  }

  #add(shown) {
    this.#atEnd(() => {
      this.#at("log").append(shown);
      this.#settled();
    });
  }

  #removeChoices() {
    for (const group of document.querySelectorAll("article .choices")) group.remove();
  }

  /** Day headings and the welcome follow from the messages that are there. */
  #settled() {
    let day = null;
    for (const shown of document.querySelectorAll("#past > article, #log > article")) {
      const heading = shown.previousElementSibling?.matches(".day") ? shown.previousElementSibling : null;
      const needed = shown.dataset.day !== day;
      if (heading && (!needed || heading.dataset.day !== shown.dataset.day)) heading.remove();
      if (needed && heading?.dataset.day !== shown.dataset.day) shown.before(dayHeading(shown.dataset.day, this.#locale));
      day = shown.dataset.day;
    }
    this.#showWelcome();
  }

  #showWelcome() {
    const welcome = this.#at("welcome");
    welcome.hidden = document.querySelector(".thread article") !== null || this.#welcome.length === 0;
    if (welcome.hidden || welcome.childElementCount) return;
    const starters = this.#welcome.map((text) => ({ title: text, value: text }));
    welcome.append(
      element("h2", {}, this.#say("welcome")),
      element("p", {}, this.#say("welcomeMore")),
      choiceButtons(starters, this.#say("choices"), (value) => this.#choose(value)),
    );
  }

  #typing() {
    clearTimeout(this.#typingTimer);
    this.#at("activity").textContent = "";
    this.#at("stop").hidden = true;
    if (this.#at("drafts").childElementCount === 0) return;
    this.#typingTimer = setTimeout(() => {
      this.#at("activity").textContent = this.#say("typing", { name: this.#name });
      this.#at("stop").hidden = false;
    }, TYPING_SAID_AFTER_MS);
  }

  /** Makes a change and keeps the end in sight if it was. */
  #atEnd(change) {
    const scroller = this.#at("scroller");
    const near = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
    change();
    if (near) this.scrollToEnd();
    this.#showJump();
  }

  #showJump() {
    const scroller = this.#at("scroller");
    this.#at("jump").hidden = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END * 2;
  }

  #keepEndWhenResized(scroller) {
    let height = scroller.clientHeight;
    new ResizeObserver(() => {
      const near = scroller.scrollHeight - scroller.scrollTop - height < NEAR_END;
      height = scroller.clientHeight;
      if (near) this.scrollToEnd();
    }).observe(scroller);
  }
}
