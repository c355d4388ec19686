/** What stands above the conversation: the connection's state, notices, and an emergency. */

import { element } from "./message.js";

const KEY = "careline.emergency";

export class Banners {
  #at = (id) => document.getElementById(id);
  #say;
  #retry;

  /** `retry()` is called when the visitor does not want to wait for the next try. */
  constructor({ say, retry }) {
    this.#say = say;
    this.#retry = retry;
    const kept = load();
    if (kept) this.emergency(kept);
  }

  connection(state) {
    this.#at("connection").dataset.state = state;
    this.#at("connection-text").textContent = this.#say(state);
    if (state === "offline") this.#notice("connection", this.#say("offlineNotice"), this.#say("retryNow"), this.#retry);
    else if (state === "reconnecting") {
      this.#notice("connection", this.#say("reconnectingNotice"), this.#say("retryNow"), this.#retry);
    } else this.#close("connection");
  }

  /** A refusal that is not about one message. */
  complaint(refusal) {
    this.#notice("refusal", this.explain(refusal), this.#say("dismiss"), () => this.#close("refusal"));
  }

  /** Why the server said no, in its own words where it gave some. */
  explain({ status, detail }) {
    if (detail) return detail;
    if (status === 413) return this.#say("tooLarge");
    if (status === 429) return this.#say("tooFast");
    return status >= 500 ? this.#say("busy") : this.#say("error");
  }

  /** Takes a refusal down. */
  settled() {
    this.#close("refusal");
  }

  /** Help is needed now. Stays, also over a reload, until the visitor closes it. */
  emergency({ number, message }) {
    const section = this.#at("emergency");
    const close = () => {
      section.hidden = true;
      sessionStorage.removeItem(KEY);
      this.#at("message").focus();
    };
    section.replaceChildren(
      element("h2", {}, this.#say("emergencyTitle")),
      element("p", { dir: "auto" }, message),
      element("div", { class: "actions" }, ...call(number, this.#say), button(this.#say("dismiss"), close)),
    );
    section.hidden = false;
    keep({ number, message });
  }

  #notice(about, text, action, act) {
    const notice = this.#at("notice");
    notice.dataset.about = about;
    notice.hidden = false;
    this.#at("notice-text").textContent = text;
    this.#at("notice-action").replaceWith(button(action, act, "notice-action"));
  }

  #close(about) {
    const notice = this.#at("notice");
    if (notice.dataset.about !== about) return;
    notice.hidden = true;
    this.#at("notice-text").textContent = "";
  }
}

function call(number, say) {
  if (!number) return [];
  const link = element("a", { class: "call", href: `tel:${number.replace(/[^\d+]/g, "")}` }, say("call", { number }));
  return [link];
}

function button(text, act, id = null) {
  return element("button", { type: "button", id, onclick: act }, text);
}

function keep(emergency) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(emergency));
  } catch {
    // Without storage it only does not survive a reload.
  }
}

function load() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}
