/** Requests of the API page: from a form's values to a request, as a curl line or sent. */

const BASE = new URL("../", import.meta.url);

/** `values`: [parameter of the description, text] pairs; empty texts are left out. `body`: JSON text or null. */
export function requestOf(path, method, values, body) {
  const headers = body === null ? {} : { "Content-Type": "application/json" };
  const query = new URLSearchParams();
  let filled = path.slice(1);
  for (const [parameter, text] of values) {
    if (text === "") continue;
    if (parameter.in === "path") filled = filled.replace(`{${parameter.name}}`, () => encodeURIComponent(text));
    if (parameter.in === "query") query.set(parameter.name, text);
    if (parameter.in === "header") headers[parameter.name] = text;
  }
  const url = new URL(filled + (query.size ? `?${query}` : ""), BASE);
  return { url: url.href, method: method.toUpperCase(), headers, body };
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The request as a line for a POSIX shell; streams are shown as they come. */
export function curl({ url, method, headers, body }) {
  const address = decodeURI(url).replace(/%7B/gi, "{").replace(/%7D/gi, "}");
  const parts = ["curl -N -X", method, quoted(address)];
  for (const [name, value] of Object.entries(headers)) parts.push("-H", quoted(`${name}: ${value}`));
  if (body !== null) parts.push("-d", quoted(body));
  return parts.join(" ");
}

/** Sends it and reports the status, then the body as it arrives. */
export async function send({ url, method, headers, body }, { onStatus, onText }) {
  try {
    const response = await fetch(url, { method, headers, body, credentials: "same-origin", cache: "no-store" });
    onStatus(`${response.status} ${response.statusText}`, response.ok);
    if (response.body === null) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) onText(part.value);
  } catch (error) {
    onStatus(`No answer: ${error.message}`, false);
  }
}
