/**
 * Messages the server has not acknowledged yet, kept in the browser's storage so that a reload or a crash loses none.
 * An entry is `{id, text, at}`; `id` is the client_message_id, so sending one twice is harmless.
 */

const KEY = "careline.outbox";

export class Outbox {
  #entries = load();

  get entries() {
    return [...this.#entries];
  }

  add(text) {
    const entry = { id: newId(), text, at: Date.now() };
    this.#entries.push(entry);
    this.#save();
    return entry;
  }

  /** The server has it, or will never take it. */
  remove(id) {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    this.#save();
  }

  #save() {
    try {
      if (this.#entries.length) localStorage.setItem(KEY, JSON.stringify(this.#entries));
      else localStorage.removeItem(KEY);
    } catch {
      // Storage is full or switched off: the message still goes out, it only does not survive a reload.
    }
  }
}

function load() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((entry) => entry?.id && typeof entry.text === "string") : [];
  } catch {
    return [];
  }
}

/** A random UUID. `crypto.randomUUID` exists only on https and localhost. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
