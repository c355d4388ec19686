/**
 * One visitor's conversation: what is sent, received, resumed and restored. Knows the wire's meaning but neither the
 * DOM nor the sockets: it is given a transport, an outbox, a connection and a view.
 */

import { ConnectionLost, Refused } from "./transport.js";

const PAGE = 30;
const MOST_FAILURES = 4;
const OPEN = new Set(["queued", "running"]);

export class Conversation {
  #transport;
  #outbox;
  #connection;
  #view;
  #hints;
  #opened;
  #accepting;
  #busy = 0;
  #older = null;
  #loadingOlder = false;
  #turns = new Set();

  constructor({ transport, outbox, connection, view, hints }) {
    this.#transport = transport;
    this.#outbox = outbox;
    this.#connection = connection;
    this.#view = view;
    this.#hints = hints;
  }

  /** Restores what the server knows, after handing it what it never acknowledged; follows a running turn. */
  open() {
    const left = this.#outbox.entries.map((entry) => ({ entry, bubble: this.#view.own(entry) }));
    for (const { bubble } of left) bubble.waiting();
    this.#opened = this.persist(() => this.#restore(left)).catch((error) => this.#complain(error));
    this.#accepting = this.#opened;
    return this.#opened;
  }

  /** Shows and sends a message. It survives a reload from here on. */
  send(text) {
    const entry = this.#outbox.add(text);
    const bubble = this.#view.own(entry);
    const draft = this.#view.draft();
    this.#busy += 1;
    // Accepted one after the other, so that the server has them in the order they were written.
    this.#accepting = this.#accepting.then(() => this.#deliver(entry, bubble, draft));
  }

  /** Takes back the message that is being answered. The end of its turn comes over its stream. */
  async stop() {
    const [turnId] = this.#turns;
    if (turnId) await this.#transport.cancel(turnId).catch((error) => this.#complain(error));
  }

  /** Loads one page of older messages above, if there are any. */
  async older() {
    if (this.#older === null || this.#loadingOlder) return;
    this.#loadingOlder = true;
    try {
      const page = await this.#transport.history(this.#older, PAGE);
      this.#older = page.next;
      this.#view.prepend(page.messages, page.next !== null);
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#loadingOlder = false;
    }
  }

  /** Picks up what happened meanwhile, elsewhere or while the machine slept. Does nothing while something is going on. */
  async refresh() {
    if (this.#busy > 0) return;
    this.#busy += 1;
    try {
      await this.#opened;
      await this.persist(() => this.#catchUp());
    } finally {
      this.#busy -= 1;
    }
  }

  async #restore(left) {
    for (const item of left) await this.#handOver(item);
    const turn = await this.#openTurn();
    const page = await this.#transport.history(null, PAGE);
    for (const { entry, bubble, refusal } of left) if (!refusal) bubble.remove(entry);
    this.#older = page.next;
    this.#view.prepend(page.messages, page.next !== null);
    if (turn) this.#track();
  }

  async #handOver(item) {
    if (item.done) return;
    const hangUp = new AbortController();
    try {
      await this.#post(item.entry, hangUp.signal);
      hangUp.abort();
    } catch (error) {
      if (!(error instanceof Refused) || error.temporary) throw error;
      item.refusal = error;
      item.bubble.refused(error);
    }
    item.done = true;
    this.#outbox.remove(item.entry.id);
  }

  async #catchUp() {
    const turn = await this.#openTurn();
    const page = await this.#transport.history(null, PAGE);
    this.#view.merge(page.messages);
    if (turn) this.#track();
  }

  async #openTurn() {
    const { turn } = await this.#transport.session();
    return turn !== null && OPEN.has(turn.status) ? turn : null;
  }

  /** Follows the turn the server is working on, and the ones queued behind it. */
  async #track() {
    this.#busy += 1;
    try {
      do {
        const draft = this.#view.draft();
        draft.begin();
        await this.#receive(null, draft, () => this.#transport.follow(null));
      } while (await this.persist(() => this.#openTurn()));
    } finally {
      this.#busy -= 1;
    }
  }

  async #deliver(entry, bubble, draft) {
    const post = () => this.#post(entry);
    let stream;
    try {
      stream = await this.persist(post, () => bubble.waiting());
    } catch (refusal) {
      draft.remove();
      bubble.refused(refusal);
      this.#warn(refusal);
      this.#busy -= 1;
      return;
    } finally {
      this.#outbox.remove(entry.id);
    }
    bubble.sent();
    draft.begin();
    this.#receive(stream, draft, post, bubble).finally(() => (this.#busy -= 1));
  }

  /** Hands a message over. One that the server fails on again and again is refused: it must not hold up the others. */
  async #post(entry, signal) {
    try {
      return await this.#transport.post(entry, this.#hints, signal);
    } catch (error) {
      if (error instanceof Refused && error.status === 500) {
        entry.failures = (entry.failures ?? 0) + 1;
        error.temporary = entry.failures < MOST_FAILURES;
      }
      throw error;
    }
  }

  /** Reads a turn to its end over as many streams as it takes. `again` opens it from the start. */
  async #receive(stream, draft, again, bubble = null) {
    let after = null;
    let turnId = null;
    let open = stream;
    for (;;) {
      try {
        open ??= await (after === null ? again() : this.#transport.follow(after));
        if (open === null) return await this.#settle(draft, turnId);
        if (after === null) draft.clear();
        turnId = open.turnId;
        this.#begun(turnId, bubble);
        for await (const { id, data } of open.frames) {
          after = id ?? after;
          this.#worked();
          this.#apply(data, draft);
          if (data.is_final) return await this.#end(turnId, data, draft, bubble);
        }
        throw new ConnectionLost("the stream ended early");
      } catch (error) {
        if (error instanceof Refused && !error.temporary) return await this.#settle(draft, turnId);
        await this.#wait(error);
      }
      open = null;
    }
  }

  #begun(turnId, bubble) {
    this.#turns.add(turnId);
    bubble?.belongsTo(turnId);
  }

  #apply(frame, draft) {
    if (frame.restarted) draft.clear();
    if (frame.emergency) this.#view.emergency(frame.emergency);
    draft.append(frame.content);
  }

  /** The turn is over. A followed one may have had others before it: what is stored has them all, in order. */
  async #end(turnId, frame, draft, bubble) {
    if (bubble === null) return await this.#settle(draft, turnId);
    this.#turns.delete(turnId);
    draft.finish(turnId, frame);
    if (frame.error_type === "turn_cancelled") bubble.stopped();
  }

  /** The stream has no more to say: what is stored is the truth. */
  async #settle(draft, turnId) {
    this.#turns.delete(turnId);
    const page = await this.persist(() => this.#transport.history(null, PAGE));
    draft.remove();
    this.#view.merge(page.messages);
  }

  /** The result of `attempt`, made until it works. Throws only a lasting Refused. */
  async persist(attempt, onWait = () => {}) {
    for (;;) {
      try {
        const result = await attempt();
        this.#worked();
        return result;
      } catch (error) {
        if (error instanceof Refused && !error.temporary) {
          this.#worked();
          throw error;
        }
        onWait();
        await this.#wait(error);
      }
    }
  }

  #worked() {
    this.#connection.worked();
    this.#view.settled();
  }

  async #wait(error) {
    if (error instanceof Refused) {
      this.#complain(error);
      this.#warn(error);
      await this.#connection.busy(error.retryAfter);
    } else if (error instanceof ConnectionLost) {
      await this.#connection.failed();
    } else {
      throw error;
    }
  }

  /** What was refused may call for help all the same. */
  #warn(refusal) {
    if (refusal.emergency) this.#view.emergency(refusal.emergency);
  }

  #complain(error) {
    if (error instanceof Refused) this.#view.complaint(error);
    else if (!(error instanceof ConnectionLost)) throw error;
  }
}
