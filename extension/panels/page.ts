/** Script of the request panel's page. Texts reach the page as text nodes only. */
import type { FromPage, HttpMethod, PanelState, DisplayedAnswer, CallerCredential, Texts, ToPage } from "./messages";

interface Host {
  postMessage(message: FromPage): void;
  getState(): PanelState | undefined;
  setState(state: PanelState): void;
}

declare function acquireVsCodeApi(): Host;

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) {
    throw new Error(`The page lacks #${id}.`);
  }
  return found;
}

function read(id: string): unknown {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

const host = acquireVsCodeApi();
const texts = read("texts") as Texts;
let state = host.getState() ?? (read("state") as PanelState);

const uri = element("uri", HTMLElement);
const serviceState = element("serviceState", HTMLElement);
const method = element("method", HTMLSelectElement);
const body = element("body", HTMLTextAreaElement);
const keyRow = element("keyRow", HTMLElement);
const keyLabel = element("keyLabel", HTMLElement);
const key = element("key", HTMLInputElement);
const advice = element("advice", HTMLElement);
const reason = element("reason", HTMLElement);
const send = element("send", HTMLButtonElement);
const sample = element("sample", HTMLButtonElement);
const dataset = element("dataset", HTMLButtonElement);
const copy = element("copy", HTMLButtonElement);
const summary = element("summary", HTMLElement);
const headers = element("headers", HTMLTableSectionElement);
const headersBox = element("headersBox", HTMLDetailsElement);
const answer = element("answer", HTMLElement);

let waiting = false;

function keep(change: Partial<PanelState>): void {
  state = { ...state, ...change };
  host.setState(state);
}

function showWaiting(now: boolean): void {
  waiting = now;
  send.textContent = now ? texts.cancel : texts.send;
  send.classList.toggle("secondary", now);
  document.body.setAttribute("aria-busy", String(now));
  if (now) {
    summary.className = "";
    summary.textContent = texts.waiting;
  }
}

function showMethod(): void {
  body.disabled = method.value === "GET";
  sample.disabled = body.disabled;
  dataset.disabled = body.disabled;
}

function submit(): void {
  if (waiting) {
    host.postMessage({ kind: "cancel" });
    return;
  }
  showWaiting(true);
  host.postMessage({ kind: "send", method: method.value as HttpMethod, body: body.value, key: key.value });
}

function showKey(shows: CallerCredential): void {
  keyRow.hidden = shows === "";
  keyLabel.textContent = shows === "tokens" ? texts.token : texts.key;
  key.placeholder = shows === "tokens" ? texts.ownToken : texts.ownKey;
  if (keyRow.hidden) {
    key.value = "";
  }
}

function showHeaders(rows: DisplayedAnswer["headers"]): void {
  headers.replaceChildren(
    ...rows.map(([name, value]) => {
      const row = document.createElement("tr");
      const key = document.createElement("th");
      key.scope = "row";
      key.textContent = name;
      const cell = document.createElement("td");
      cell.textContent = value;
      row.append(key, cell);
      return row;
    }),
  );
  headersBox.hidden = rows.length === 0;
}

function showOutcome(
  line: string,
  kind: "ok" | "bad" | "",
  text: string,
  rows: DisplayedAnswer["headers"],
  next = "",
): void {
  showWaiting(false);
  advice.textContent = next;
  advice.hidden = next === "";
  summary.className = kind;
  summary.textContent = line;
  answer.textContent = text;
  answer.hidden = text === "";
  copy.hidden = text === "";
  showHeaders(rows);
}

function receive(message: ToPage): void {
  switch (message.kind) {
    case "service":
      uri.textContent = message.uri;
      serviceState.textContent = message.state;
      serviceState.dataset["state"] = message.state;
      showKey(message.shows);
      break;
    case "sample":
      body.value = message.body;
      reason.textContent = message.reason;
      keep({ body: message.body, touched: true });
      break;
    case "answer":
      showOutcome(
        message.answer.summary,
        message.answer.ok ? "ok" : "bad",
        message.answer.body,
        message.answer.headers,
        message.answer.advice,
      );
      break;
    case "error":
      showOutcome(message.message, "bad", "", []);
      break;
    case "cancelled":
      showOutcome(texts.cancelled, "", "", []);
      break;
  }
}

method.value = state.method;
body.value = state.body;
showMethod();
keep({});

window.addEventListener("message", (event: MessageEvent<ToPage>) => {
  receive(event.data);
});
window.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !waiting) {
    event.preventDefault();
    submit();
  }
});
method.addEventListener("change", () => {
  showMethod();
  keep({ method: method.value as HttpMethod });
});
body.addEventListener("input", () => {
  reason.textContent = "";
  keep({ body: body.value, touched: true });
});
send.addEventListener("click", submit);
sample.addEventListener("click", () => {
  host.postMessage({ kind: "sample" });
});
dataset.addEventListener("click", () => {
  host.postMessage({ kind: "dataset" });
});
copy.addEventListener("click", () => {
  host.postMessage({ kind: "copy", text: answer.textContent });
});
host.postMessage({ kind: "ready", wantsSample: !state.touched });
body.focus();
