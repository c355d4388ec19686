/** The box a message is written in: grows with its text, counts near the limit, sends once. */

const COUNT_FROM = 0.8;

export class Composer {
  #form = document.getElementById("composer");
  #box = document.getElementById("message");
  #button = document.getElementById("send");
  #counter = document.getElementById("counter");
  #say;
  #limit = 4000;

  /** `send(text)` gets a trimmed, non-empty text within the limit; `escape()` is the Esc key. */
  constructor({ say, send, escape }) {
    this.#say = say;
    this.#box.addEventListener("input", () => this.#changed());
    this.#box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#form.requestSubmit();
      }
      if (event.key === "Escape") escape();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#text();
      if (!this.#sendable()) return;
      this.set("");
      send(text);
    });
    this.#changed();
  }

  /** The longest text the server takes, in characters (code points). */
  limit(characters) {
    this.#limit = characters;
    this.#changed();
  }

  set(text) {
    this.#box.value = text;
    this.#changed();
  }

  /** Focus for whoever uses a keyboard; on a touch screen that would only raise the on-screen one. */
  focus() {
    const target = matchMedia("(pointer: coarse)").matches ? document.getElementById("scroller") : this.#box;
    target.focus({ preventScroll: true });
  }

  #text() {
    return this.#box.value.trim();
  }

  #sendable() {
    const used = length(this.#text());
    return used > 0 && used <= this.#limit;
  }

  #changed() {
    this.#button.disabled = !this.#sendable();
    this.#box.dir = this.#box.value ? "auto" : document.documentElement.dir;
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
    this.#count(length(this.#text()));
  }

  #count(used) {
    const tooLong = used > this.#limit;
    this.#counter.hidden = used < this.#limit * COUNT_FROM;
    this.#counter.classList.toggle("over", tooLong);
    this.#counter.textContent = this.#say(tooLong ? "tooLong" : "counter", { used, limit: this.#limit });
    this.#box.setAttribute("aria-invalid", String(tooLong));
  }
}

const length = (text) => Array.from(text).length;
