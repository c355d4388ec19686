/**
 * Messages the server has not acknowledged yet, kept in the browser's storage so that a reload or a crash loses none.
 * An entry is `{id, text, at}`; `id` is the client_message_id, so sending one twice is harmless. Each has a key of its
 * own, so that two tabs do not overwrite each other's.
 */

const PREFIX = "careline.outbox.";

export class Outbox {
  #latest = 0;

  /** What is left from before, in the order it was written. */
  get entries() {
    return keys()
      .map((key) => parse(localStorage.getItem(key)))
      .filter((entry) => entry !== null)
      .sort((one, other) => one.at - other.at);
  }

  add(text) {
    this.#latest = Math.max(Date.now(), this.#latest + 1);
    const entry = { id: newId(), text, at: this.#latest };
    try {
      localStorage.setItem(PREFIX + entry.id, JSON.stringify(entry));
    } catch {
      // Storage is full or switched off: the message still goes out, it only does not survive a reload.
    }
    return entry;
  }

  /** The server has it, or will never take it. */
  remove(id) {
    try {
      localStorage.removeItem(PREFIX + id);
    } catch {
      // Nothing was stored either.
    }
  }
}

function keys() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}

function parse(stored) {
  try {
    const entry = JSON.parse(stored);
    return entry?.id && typeof entry.text === "string" ? entry : null;
  } catch {
    return null;
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
