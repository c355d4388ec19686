/** The API page: renders openapi.json, with curl lines to copy and a form to try each operation. */

import { curl, requestOf, send } from "./docs-request.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const byId = (id) => document.getElementById(id);

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Text in which `...` is code. */
function prose(text) {
  const parts = text.split("`").map((part, index) => (index % 2 ? element("code", { textContent: part }) : part));
  return element("p", {}, ...parts);
}

const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
const block = (value) => element("pre", { tabIndex: 0, textContent: pretty(value) });

function table(heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col", textContent: text })));
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  return element("div", { className: "tables" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
}

/** A schema's type in a few words, with links to the schemas it names. */
function typeOf(schema) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return element("a", { href: `#schema-${name}`, textContent: name });
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return joined(either.map(typeOf), " or ");
  if (schema.type === "array") return joined(["list of ", typeOf(schema.items ?? {})], "");
  const limits = ["format", "pattern", "minLength", "maxLength", "minimum", "maximum"];
  const said = limits.filter((key) => key in schema).map((key) => `${key} ${schema[key]}`);
  return [schema.type ?? "any", ...said].join(", ");
}

function joined(parts, separator) {
  const all = element("span");
  parts.forEach((part, index) => all.append(index ? separator : "", part));
  return all;
}

function parameters(operation) {
  if (!operation.parameters) return [];
  const rows = operation.parameters.map((each) => [
    element("code", { textContent: each.name }), each.in, typeOf(each.schema), prose(each.description),
  ]);
  return [element("h3", { textContent: "Parameters" }), table(["Name", "In", "Type", ""], rows)];
}

function answers(operation) {
  const rows = Object.entries(operation.responses).map(([status, answer]) => {
    const kinds = Object.entries(answer.content ?? {});
    const types = joined(kinds.map(([media, { schema }]) => joined([media, ": ", typeOf(schema)], "")), ", ");
    const said = element("div", {}, ...answer.description.split("\n\n").map(prose), types);
    const example = kinds.map(([, { example }]) => example).find((value) => value !== undefined);
    if (example !== undefined) said.append(block(example));
    return [element("strong", { textContent: status }), said];
  });
  return [element("h3", { textContent: "Answers" }), table(["Status", ""], rows)];
}

function copyable(text) {
  const button = element("button", { type: "button", textContent: "Copy" });
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  });
  return element("div", {}, block(text), button);
}

function field(label, control) {
  return element("label", {}, label, control);
}

function form(path, method, operation) {
  const inputs = new Map();
  const fields = (operation.parameters ?? []).map((each) => {
    const input = element("input", { name: each.name, autocomplete: "off", required: each.required });
    inputs.set(each, input);
    return field(`${each.name} (${each.in})`, input);
  });
  const example = operation.requestBody?.content["application/json"].example;
  const body = example === undefined ? null : element("textarea", { name: "body", value: pretty(example) });
  if (body) fields.push(field("Body", body));
  const status = element("p", { className: "status" });
  status.setAttribute("role", "status");
  const output = element("pre", { hidden: true, tabIndex: 0 });
  const made = element("form", {}, ...fields, element("button", { textContent: "Send" }), status, output);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    output.hidden = false;
    output.textContent = "";
    const values = [...inputs].map(([each, input]) => [each, input.value]);
    await send(requestOf(path, method, values, body?.value ?? null), {
      onStatus: (text, good) => {
        status.textContent = text;
        status.className = `status ${good ? "good" : "bad"}`;
      },
      onText: (text) => output.append(text),
    });
  });
  return element("details", {}, element("summary", { textContent: "Try it" }), made);
}

function article(path, method, operation) {
  const examples = (operation.parameters ?? []).filter((each) => each.in === "path").map((each) => [each, `{${each.name}}`]);
  const body = operation.requestBody?.content["application/json"].example;
  const line = curl(requestOf(path, method, examples, body === undefined ? null : JSON.stringify(body)));
  return element(
    "article",
    { id: operation.operationId },
    element("h2", { textContent: operation.summary }),
    element("p", { className: "line" }, element("span", { className: "method", textContent: method.toUpperCase() }), path),
    prose(operation.description),
    ...parameters(operation),
    element("h3", { textContent: "Example" }),
    copyable(line),
    form(path, method, operation),
    ...answers(operation),
  );
}

function schema(name, described) {
  const required = new Set(described.required ?? []);
  const rows = Object.entries(described.properties ?? {}).map(([key, value]) => [
    element("code", { textContent: key }), typeOf(value), required.has(key) ? "always" : "",
  ]);
  return element(
    "article",
    { id: `schema-${name}` },
    element("h2", { textContent: name }),
    prose(described.description ?? ""),
    table(["Field", "Type", ""], rows),
  );
}

function render(description) {
  document.title = `${description.info.title} API ${description.info.version}`;
  byId("title").textContent = document.title;
  byId("about").replaceWith(prose(description.info.description));
  const contents = element("ul");
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const method of METHODS.filter((each) => each in methods)) {
      const operation = methods[method];
      byId("operations").append(article(path, method, operation));
      contents.append(element("li", {}, element("a", { href: `#${operation.operationId}`, textContent: operation.summary })));
    }
  }
  byId("contents").append(contents);
  for (const [name, described] of Object.entries(description.components.schemas)) {
    byId("schemas").append(schema(name, described));
  }
  if (location.hash) byId(location.hash.slice(1))?.scrollIntoView();
}

try {
  const response = await fetch(new URL("../api/openapi.json", import.meta.url));
  if (!response.ok) throw new Error(`status ${response.status}`);
  render(await response.json());
} catch (error) {
  byId("failure").textContent = `The description of the API could not be loaded (${error.message}).`;
  byId("failure").hidden = false;
}
