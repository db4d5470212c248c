/** Script of the request panel's page. Texts reach the page as text nodes only. */
import { bytes as readableSize } from "../text/size";
import { Channel, read } from "../webview/channel";
import { element } from "../webview/elements";
import { onKeyboard } from "../webview/keyboard";
import { menuBehind } from "../webview/menu";
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
  type ToPage,
} from "./messages";
import { LoadPart } from "./loadPart";
import { ResponsePart } from "./responsePart";
import type { Texts } from "./texts";

const channel = new Channel<{ from: FromPage; to: ToPage; state: PanelState }>();
const texts = read("texts") as Texts;

const uri = element("uri");
const serviceState = element("serviceState");
const method = element("method", HTMLSelectElement);
const body = element("body", HTMLTextAreaElement);
const keyRow = element("keyRow");
const keyLabel = element("keyLabel");
const key = element("key", HTMLInputElement);
const reason = element("reason");
const send = element("send", HTMLButtonElement);
const sample = element("sample", HTMLButtonElement);
const dataset = element("dataset", HTMLButtonElement);
const file = element("file", HTMLButtonElement);
const bodyLabel = element("bodyLabel");
const bodyKind = element("bodyKind", HTMLSelectElement);
const binary = element("binary");
const target = element("target", HTMLInputElement);
const sentHeaders = element("sentHeaders", HTMLTextAreaElement);
const sentHeadersBox = element("sentHeadersBox", HTMLDetailsElement);
const environment = element("environment", HTMLButtonElement);
const faultLine = element("fault", HTMLButtonElement);

const response = new ResponsePart(texts, {
  goToLine: (frame) => channel.send({ kind: "line", frame }),
  copy: (text) => channel.send({ kind: "copy", text }),
  chosenView: () => channel.state.view ?? "text",
  chooseView: (view) => channel.keep({ view }),
});

const load = new LoadPart(texts, {
  start: (settings) => channel.send({ kind: "load", request: request(), key: key.value, settings }),
  stop: () => channel.send({ kind: "stopLoad" }),
});

const bodyPart = new BodyPart({
  propose: (before) => {
    if (isJson(request())) {
      channel.send({ kind: "propose", before, target: target.value });
    }
  },
  form: (text) => channel.send({ kind: "form", body: text, target: target.value }),
  changed: () => bodyChanged(),
});

const JSON_TYPE = "application/json";
const parts = new PartsPart(texts, {
  changed: (now) => {
    reason.textContent = "";
    channel.keep({ parts: now, reason: "", touched: true });
  },
  chooseFile: (index) => channel.send({ kind: "partFile", index }),
});
let waiting = false;

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
    reason: channel.state.reason ?? "",
    method: method.value as HttpMethod,
    contentType: channel.state.contentType ?? JSON_TYPE,
    encoding: channel.state.encoding ?? "text",
    fileField: channel.state.fileField ?? "",
    target: target.value,
    headers: sentHeaders.value,
    parts: channel.state.parts ?? [],
    follows: channel.state.follows ?? true,
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
    channel.send({ kind: "file", fileField: "" });
    return;
  }
  if (now.encoding === "base64" || kind === "form") {
    body.value = "";
  }
  const types: Record<typeof kind, string> = { json: JSON_TYPE, text: "text/plain", form: "multipart/form-data" };
  channel.keep({
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
  channel.keep({ body: body.value, reason: "", touched: true });
  showFault();
}

/** Puts the cursor where the body is not JSON. */
function goToFault(): void {
  const found = fault();
  if (found !== undefined) {
    body.focus();
    body.setSelectionRange(found.offset, Math.min(body.value.length, found.offset + 1));
  }
}

/** Bytes that are not text, by their kind and size. */
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
  bodyLabel.textContent = now.method === "GET" ? texts.query : texts.body;
  body.rows = now.method === "GET" ? 2 : 6;
  reason.textContent = now.reason;
  showFault();
  bodyPart.allow(isJson(now));
}

function submit(): void {
  if (waiting) {
    channel.send({ kind: "cancel" });
    return;
  }
  showWaiting(true);
  const found = fault();
  channel.send({
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

/** What was typed of the address before a body was proposed. */
let typed: Partial<PanelBody> = {};

function keepTyped(part: Partial<PanelBody>): void {
  typed = { ...typed, ...part };
  channel.keep(part);
}

/** Puts a proposed request into the page. */
function fill(proposed: PanelBody): void {
  body.value = proposed.body;
  method.value = proposed.method;
  showAddress(proposed);
  channel.keep({ ...proposed, touched: true });
  showRequest();
}

channel.listen({
  service: ({ uri: address, look, stateName, shows }) => {
    uri.textContent = address;
    serviceState.textContent = stateName;
    serviceState.dataset["look"] = look;
    showKey(shows);
  },
  sample: ({ request: proposed, asked, send: atOnce }) => {
    if (channel.state.touched && !asked) {
      return;
    }
    fill(asked ? proposed : { ...proposed, ...typed });
    if (atOnce && !waiting) {
      submit();
    }
  },
  partFile: ({ index, path, fileName }) => parts.setFile(index, path, fileName),
  environment: ({ label }) => {
    environment.textContent = label;
    environment.hidden = label === "";
  },
  answer: ({ answer }) => {
    showWaiting(false);
    response.show(answer.summary, answer.ok ? "ok" : "bad", answer);
  },
  part: ({ summary, text }) => response.add(summary, text),
  proposals: ({ before, proposals }) => bodyPart.showProposals(before, proposals),
  form: ({ form }) => bodyPart.showForm(form),
  load: (message) => load.show(message.load),
  log: ({ log }) => response.showLog(log),
  error: ({ message }) => {
    showWaiting(false);
    response.end(message, "bad");
  },
  cancelled: () => {
    showWaiting(false);
    response.end(texts.cancelled, "");
  },
  kept: () => {
    showWaiting(false);
    response.end(texts.none, "");
    goToFault();
  },
});

method.value = channel.state.method;
body.value = channel.state.body;
showAddress(channel.state);
showRequest();

window.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !waiting) {
    event.preventDefault();
    submit();
  }
});
method.addEventListener("change", () => {
  keepTyped({ method: method.value as HttpMethod });
  showRequest();
});
body.addEventListener("input", bodyChanged);
target.addEventListener("input", () => keepTyped({ target: target.value }));
sentHeaders.addEventListener("input", () => keepTyped({ headers: sentHeaders.value }));
send.addEventListener("click", submit);
menuBehind(element("more", HTMLButtonElement), element("moreMenu"));
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
  element(kind, HTMLButtonElement).addEventListener("click", () => channel.send({ kind }));
}
element("save", HTMLButtonElement).addEventListener("click", () => {
  channel.send({ kind: "save", request: request() });
});
sample.addEventListener("click", () => channel.send({ kind: "sample" }));
dataset.addEventListener("click", () => channel.send({ kind: "dataset" }));
file.addEventListener("click", () => channel.send({ kind: "file", fileField: channel.state.fileField ?? "" }));
bodyKind.addEventListener("change", () => chooseKind(bodyKind.value as BodyKind));
faultLine.addEventListener("click", goToFault);
channel.send({ kind: "ready", wantsSample: !channel.state.touched });
onKeyboard(() => channel.send({ kind: "hasKeyboard" }));
if (document.hasFocus()) {
  body.focus();
} else {
  // Somebody may have gone on elsewhere while the panel opened: the keyboard is taken when it is given.
  window.addEventListener("focus", () => body.focus(), { once: true });
}
