/** The website channel's wire. Every function may throw ConnectionLost or Refused. */

import { FrameReader } from "./frames.js";

/** The server's heartbeat comes far more often: a stream silent for this long is dead, whatever the socket says. */
const SILENCE_MS = 45_000;

/** The network, or a proxy on the way, let us down. Trying again makes sense. */
export class ConnectionLost extends Error {}

/**
 * The server said no. `temporary` when the same request may pass later; `retryAfter` in ms or null; `emergency` when
 * the message calls for help all the same.
 */
export class Refused extends Error {
  constructor(status, problem, retryAfter) {
    super(`refused with ${status}`);
    this.status = status;
    this.errorType = problem.error_type ?? null;
    this.detail = problem.detail ?? problem.message ?? null;
    this.emergency = problem.emergency ?? null;
    this.retryAfter = retryAfter;
    this.temporary = status === 408 || status === 425 || status === 429 || status >= 500;
  }
}

export const about = () => getJson("chat/about");
export const session = () => getJson("chat/session");

/** Takes the message of this turn back. */
export function cancel(turnId) {
  const headers = { "Content-Type": "application/json" };
  return request("chat/cancel", { method: "POST", headers, body: JSON.stringify({ turn_id: turnId }) });
}

/** A page of messages, oldest first, before the cursor `before` (null: the newest). */
export function history(before, limit) {
  const query = new URLSearchParams({ limit: String(limit) });
  if (before !== null) query.set("before", before);
  return getJson(`chat/history?${query}`);
}

/**
 * Posts a message. Resolves when the server has accepted it, to `{turnId, frames}`; breaking off the iteration of the
 * frames leaves the turn running. Posting the same `id` again finds the first turn, from its first frame.
 */
export async function post({ id, text }, { locale, timeZone }, signal) {
  const body = { content: text, media_urls: [], audio_urls: [], client_message_id: id, locale, time_zone: timeZone };
  const headers = { "Content-Type": "application/json", Accept: "text/event-stream" };
  return stream(await request("chat/stream", { method: "POST", headers, body: JSON.stringify(body), signal }));
}

/** As `post`, of the latest turn, or the turn of the resume token `after`, from there on; null when nothing is left. */
export async function follow(after) {
  const headers = { Accept: "text/event-stream" };
  if (after !== null) headers["Last-Event-ID"] = after;
  const response = await request("chat/stream", { headers });
  return response.status === 204 ? null : stream(response);
}

/** Only our server names a turn: whatever else answers "all right", such as a hotel's log-in page, has taken nothing. */
function stream(response) {
  const turnId = response.headers.get("X-Turn-ID");
  if (turnId === null) throw new ConnectionLost("somebody else answered");
  return { turnId, frames: frames(response) };
}

async function getJson(path) {
  const response = await request(path, { headers: { Accept: "application/json" } });
  return response.json().catch(() => {
    throw new ConnectionLost("the answer was cut off");
  });
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch (error) {
    throw new ConnectionLost(error.message);
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Refused(response.status, problem ?? {}, retryAfter(response));
}

function retryAfter(response) {
  const seconds = Number.parseFloat(response.headers.get("Retry-After") ?? "");
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}

async function* frames(response) {
  const bytes = response.body.getReader();
  const reader = new FrameReader();
  try {
    for (;;) {
      const { done, value } = await read(bytes);
      if (done) return;
      yield* decoded(reader, value);
    }
  } finally {
    bytes.cancel().catch(() => {});
  }
}

function decoded(reader, bytes) {
  try {
    return reader.push(bytes);
  } catch {
    throw new ConnectionLost("this is not a frame");
  }
}

async function read(bytes) {
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new ConnectionLost("silence")), SILENCE_MS);
  });
  try {
    return await Promise.race([bytes.read(), silence]);
  } catch (error) {
    throw error instanceof ConnectionLost ? error : new ConnectionLost(error.message);
  } finally {
    clearTimeout(timer);
  }
}
