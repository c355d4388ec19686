/**
 * Server-sent events, read incrementally: bytes in, frames out. No I/O here.
 * A frame is `{id, data}`: the resume token in force and the decoded JSON of the data lines.
 */
export class FrameReader {
  #decoder = new TextDecoder();
  #rest = "";
  #data = [];
  #id = null;

  /** The whole frames these bytes complete. A character or a line may be split at any byte. */
  push(bytes) {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    return lines.map((line) => this.#line(line)).filter((frame) => frame !== null);
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    if (field === "id") this.#id = value;
    return null;
  }

  #dispatch() {
    if (this.#data.length === 0) return null;
    const frame = { id: this.#id, data: JSON.parse(this.#data.join("\n")) };
    this.#data = [];
    return frame;
  }
}
