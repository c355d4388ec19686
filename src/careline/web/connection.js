/**
 * Whether the server can be reached, and when to try again: exponential backoff with jitter, cut short when the
 * browser comes back online, the page is shown again, or the visitor asks.
 */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

export class Connection {
  #onChange;
  #failures = 0;
  #waiting = new Set();
  state = "connecting";

  /** `onChange(state)` is called with connecting, online, offline or reconnecting. */
  constructor(onChange) {
    this.#onChange = onChange;
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.#set("offline"));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.retryNow();
    });
  }

  /** The server answered. */
  worked() {
    this.#failures = 0;
    this.#set("online");
  }

  /** No answer came; resolves when it is time for the next try. */
  async failed() {
    this.#set(navigator.onLine ? "reconnecting" : "offline");
    await this.#pause(this.#backoff());
  }

  /** The server answered that it cannot now; `atLeast` (ms) is its own wish, or null. Resolves when to try again. */
  async busy(atLeast) {
    this.#set("online");
    await this.#pause(Math.max(this.#backoff(), atLeast ?? 0));
  }

  #backoff() {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    return longest * (0.5 + Math.random() / 2);
  }

  #pause(ms) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#waiting.add(wake);
    });
  }

  retryNow() {
    for (const wake of [...this.#waiting]) wake();
  }

  #set(state) {
    if (state === this.state) return;
    this.state = state;
    this.#onChange(state);
  }
}
