/** Script of the request panel's page. Texts reach the page as text nodes only. */
import { bytes as readableSize } from "../text/size";
import { BodyPart } from "./bodyPart";
import { jsonFault, type JsonFault } from "./jsonFault";
import { EMPTY_PART, PartsPart } from "./partsPart";
import {
  isForm,
  SCORE,
  type BodyKind,
  type CallerCredential,
  type FromPage,
  type HttpMethod,
  type PanelBody,
  type PanelState,
  type Texts,
  type ToPage,
} from "./messages";
import { LoadPart } from "./loadPart";
import { menuBehind } from "./menu";
import { element } from "./pageElements";
import { ResponsePart } from "./responsePart";

interface Host {
  postMessage(message: FromPage): void;
  getState(): PanelState | undefined;
  setState(state: PanelState): void;
}

declare function acquireVsCodeApi(): Host;

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
const reason = element("reason", HTMLElement);
const send = element("send", HTMLButtonElement);
const sample = element("sample", HTMLButtonElement);
const dataset = element("dataset", HTMLButtonElement);
const file = element("file", HTMLButtonElement);
const bodyLabel = element("bodyLabel", HTMLElement);
const bodyKind = element("bodyKind", HTMLSelectElement);
const binary = element("binary", HTMLElement);
const target = element("target", HTMLInputElement);
const sentHeaders = element("sentHeaders", HTMLTextAreaElement);
const sentHeadersBox = element("sentHeadersBox", HTMLDetailsElement);
const environment = element("environment", HTMLButtonElement);
const faultLine = element("fault", HTMLButtonElement);

const response = new ResponsePart(texts, {
  goToLine: (frame) => {
    host.postMessage({ kind: "line", frame });
  },
  copy: (text) => {
    host.postMessage({ kind: "copy", text });
  },
  chosenView: () => state.view ?? "text",
  chooseView: (view) => {
    keep({ view });
  },
});

const load = new LoadPart(texts, {
  start: (settings) => {
    host.postMessage({ kind: "load", request: request(), key: key.value, settings });
  },
  stop: () => {
    host.postMessage({ kind: "stopLoad" });
  },
});

const bodyPart = new BodyPart({
  propose: (before) => {
    if (isJson(request())) {
      host.postMessage({ kind: "propose", before, target: target.value });
    }
  },
  form: (text) => {
    host.postMessage({ kind: "form", body: text, target: target.value });
  },
  changed: () => {
    bodyChanged();
  },
});

const JSON_TYPE = "application/json";
const parts = new PartsPart(texts, {
  changed: (now) => {
    reason.textContent = "";
    keep({ parts: now, reason: "", touched: true });
  },
  chooseFile: (index) => {
    host.postMessage({ kind: "partFile", index });
  },
});
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
    response.wait();
  }
}

/** What would be sent now. */
function request(): PanelBody {
  return {
    body: body.value,
    reason: state.reason ?? "",
    method: method.value as HttpMethod,
    contentType: state.contentType ?? JSON_TYPE,
    encoding: state.encoding ?? "text",
    fileField: state.fileField ?? "",
    target: target.value,
    headers: sentHeaders.value,
    parts: state.parts ?? [],
  };
}

function kindOf(now: PanelBody): BodyKind {
  return isForm(now) ? "form" : now.encoding === "base64" ? "file" : isJson(now) ? "json" : "text";
}

/** What the person wants the body to be from now on. */
function chooseKind(kind: BodyKind): void {
  const now = request();
  if (kind === "file") {
    bodyKind.value = kindOf(now);
    host.postMessage({ kind: "file", fileField: "" });
    return;
  }
  if (now.encoding === "base64" || kind === "form") {
    body.value = "";
  }
  const types: Record<typeof kind, string> = { json: JSON_TYPE, text: "text/plain", form: "multipart/form-data" };
  keep({
    contentType: types[kind],
    encoding: "text",
    body: body.value,
    parts: kind === "form" ? [EMPTY_PART] : [],
    reason: "",
    touched: true,
  });
  showRequest();
}

function hasBody(method: HttpMethod): boolean {
  return method !== "GET" && method !== "HEAD";
}

function isJson({ method, contentType, encoding }: PanelBody): boolean {
  return hasBody(method) && encoding === "text" && /[/+]json\b/i.test(contentType);
}

function fault(): JsonFault | undefined {
  const now = request();
  return isJson(now) && now.body !== "" ? jsonFault(now.body) : undefined;
}

function inWords({ kind, line, column }: JsonFault): string {
  return texts.invalid.replace("{0}", String(line)).replace("{1}", String(column)).replace("{2}", texts.faults[kind]);
}

function showFault(): void {
  const found = fault();
  body.setAttribute("aria-invalid", String(found !== undefined));
  faultLine.hidden = found === undefined;
  faultLine.textContent = found === undefined ? "" : inWords(found);
}

function bodyChanged(): void {
  reason.textContent = "";
  keep({ body: body.value, reason: "", touched: true });
  showFault();
}

/** Puts the cursor where the body is no JSON. */
function goToFault(): void {
  const found = fault();
  if (found !== undefined) {
    body.focus();
    body.setSelectionRange(found.offset, Math.min(body.value.length, found.offset + 1));
  }
}

/** Bytes that are no text, by their kind and size. */
function sizeInWords({ body: encoded, contentType }: PanelBody): string {
  const size = Math.floor((encoded.length * 3) / 4) - (/=*$/.exec(encoded)?.[0].length ?? 0);
  return texts.binary.replace("{0}", contentType.replace(/;.*/, "")).replace("{1}", readableSize(size));
}

function showRequest(): void {
  const now = request();
  const bytes = now.encoding === "base64" && hasBody(now.method);
  const form = isForm(now) && hasBody(now.method);
  bodyKind.hidden = !hasBody(now.method);
  bodyKind.value = kindOf(now);
  parts.show(form ? now.parts : undefined);
  body.hidden = bytes || form;
  binary.hidden = !bytes;
  binary.textContent = bytes ? sizeInWords(now) : "";
  bodyLabel.textContent = now.method === "GET" ? texts.query : isJson(now) ? texts.body : texts.plainBody;
  body.rows = now.method === "GET" ? 2 : 6;
  reason.textContent = now.reason;
  showFault();
  bodyPart.allow(isJson(now));
}

function submit(): void {
  if (waiting) {
    host.postMessage({ kind: "cancel" });
    return;
  }
  showWaiting(true);
  const found = fault();
  host.postMessage({
    kind: "send",
    request: request(),
    key: key.value,
    fault: found === undefined ? "" : inWords(found),
  });
}

function showKey(shows: CallerCredential): void {
  keyRow.hidden = shows === "";
  keyLabel.textContent = shows === "tokens" ? texts.token : texts.key;
  key.placeholder = shows === "tokens" ? texts.ownToken : texts.ownKey;
  if (keyRow.hidden) {
    key.value = "";
  }
}

function showAddress(shown: { readonly target?: string; readonly headers?: string }): void {
  target.value = shown.target ?? SCORE;
  sentHeaders.value = shown.headers ?? "";
  sentHeadersBox.open = sentHeaders.value !== "";
  sentHeadersBox.hidden = sentHeaders.value === "";
}

/** Puts a proposed request into the page. */
function fill(proposed: PanelBody): void {
  body.value = proposed.body;
  method.value = proposed.method;
  showAddress(proposed);
  keep({ ...proposed, touched: true });
  showRequest();
}

function receive(message: ToPage): void {
  switch (message.kind) {
    case "service":
      uri.textContent = message.uri;
      serviceState.textContent = message.stateName;
      serviceState.dataset["state"] = message.state;
      showKey(message.shows);
      break;
    case "sample":
      if (state.touched && !message.asked) {
        break;
      }
      fill(message.request);
      if (message.send && !waiting) {
        submit();
      }
      break;
    case "partFile":
      parts.setFile(message.index, message.path, message.fileName);
      break;
    case "environment":
      environment.textContent = message.label;
      environment.hidden = message.label === "";
      break;
    case "answer":
      showWaiting(false);
      response.show(message.answer.summary, message.answer.ok ? "ok" : "bad", message.answer);
      break;
    case "part":
      response.add(message.summary, message.text);
      break;
    case "proposals":
      bodyPart.showProposals(message.before, message.proposals);
      break;
    case "form":
      bodyPart.showForm(message.form);
      break;
    case "load":
      load.show(message.load);
      break;
    case "log":
      response.showLog(message.log);
      break;
    case "error":
      showWaiting(false);
      response.end(message.message, "bad");
      break;
    case "cancelled":
      showWaiting(false);
      response.end(texts.cancelled, "");
      break;
    case "kept":
      showWaiting(false);
      response.end(texts.none, "");
      goToFault();
      break;
  }
}

method.value = state.method;
body.value = state.body;
showAddress(state);
showRequest();
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
  keep({ method: method.value as HttpMethod });
  showRequest();
});
body.addEventListener("input", bodyChanged);
target.addEventListener("input", () => {
  keep({ target: target.value });
});
sentHeaders.addEventListener("input", () => {
  keep({ headers: sentHeaders.value });
});
send.addEventListener("click", submit);
menuBehind(element("more", HTMLButtonElement), element("moreMenu", HTMLElement));
for (const [item, box, field] of [
  ["addHeaders", sentHeadersBox, sentHeaders],
  ["sendMany", element("manyBox", HTMLDetailsElement), element("connections", HTMLInputElement)],
] as const) {
  element(item, HTMLButtonElement).addEventListener("click", () => {
    box.hidden = false;
    box.open = true;
    field.focus();
  });
}
for (const kind of ["open", "history", "environment", "record", "saveAnswer"] as const) {
  element(kind, HTMLButtonElement).addEventListener("click", () => {
    host.postMessage({ kind });
  });
}
element("save", HTMLButtonElement).addEventListener("click", () => {
  host.postMessage({ kind: "save", request: request() });
});
sample.addEventListener("click", () => {
  host.postMessage({ kind: "sample" });
});
dataset.addEventListener("click", () => {
  host.postMessage({ kind: "dataset" });
});
file.addEventListener("click", () => {
  host.postMessage({ kind: "file", fileField: state.fileField ?? "" });
});
bodyKind.addEventListener("change", () => {
  chooseKind(bodyKind.value as BodyKind);
});
faultLine.addEventListener("click", goToFault);
host.postMessage({ kind: "ready", wantsSample: !state.touched });
if (document.hasFocus()) {
  body.focus();
} else {
  // Somebody may have gone on elsewhere while the panel opened: the keyboard is taken when it is given.
  window.addEventListener(
    "focus",
    () => {
      body.focus();
    },
    { once: true },
  );
}
