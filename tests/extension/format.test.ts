import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";

import {
  ago,
  baseName,
  bytes,
  duration,
  few,
  parseTags,
  shortTags,
  tags,
  withoutLinks,
} from "../../extension/text/format";
import { fullLog, formatLogLine } from "../../extension/logs/fullLog";
import { displayedAnswer } from "../../extension/panels/answer";
import type { DisplayedAnswer } from "../../extension/panels/messages";
import { html } from "../../extension/panels/html";
import { pretty } from "../../extension/panels/json";
import type { Frame, ServiceResponse } from "../../extension/protocol";
import { NOW } from "./records";

test("of many names the first ones are told", () => {
  assert.equal(few(["a", "b", "c", "d", "e"]), "a, b, c, d, e");
  assert.equal(few(["a", "b", "c", "d", "e", "f"]), "a, b, c, d, and 2 more");
});

test("no value in a message becomes a link", () => {
  const sentence = withoutLinks("The run [open](command:workbench.action.quit) is [not](https://x.example) there.");
  // As the editor finds links in messages.
  assert.doesNotMatch(sentence, /\[[^\]]+\]\((?:https?:\/\/|command:|file:)/);
  assert.equal(
    sentence.replaceAll("\u200b", ""),
    "The run [open](command:workbench.action.quit) is [not](https://x.example) there.",
  );
  assert.equal(withoutLinks("Nothing of that (kind) [here]."), "Nothing of that (kind) [here].");
});

for (const [size, text] of [
  [0, "0 B"],
  [644, "644 B"],
  [1000, "1.0 kB"],
  [123_456, "123 kB"],
  [5_500_000_000, "5.5 GB"],
] as const) {
  test(`${size} bytes are ${text}`, () => {
    assert.equal(bytes(size), text);
  });
}

for (const [seconds, text] of [
  [5, "just now"],
  [300, "5 min ago"],
  [86_400, "yesterday"],
  [3 * 86_400, "3 days ago"],
] as const) {
  test(`${seconds} s before now is ${text}`, () => {
    assert.equal(ago(NOW - seconds, NOW), text);
  });
}

test("durations", () => {
  assert.equal(duration(8.12), "8.1 ms");
  assert.equal(duration(1234), "1.2 s");
});

test("tags are read as they are written", () => {
  const pairs = { stage: "production", champion: "" };
  assert.equal(tags(pairs), "stage=production, champion");
  assert.deepEqual(parseTags(tags(pairs)), { tags: pairs });
  assert.deepEqual(parseTags(" a = b=c ,"), { tags: { a: "b=c" } });
});

test("a row shows of a long value the beginning", () => {
  assert.equal(
    shortTags({ stage: "production", digest: "b7bb1014e8ca758ce70a4ffae99ebc78" }),
    "stage=production, digest=b7bb1014e8ca…",
  );
});

test("tags that cannot be understood say why", () => {
  assert.deepEqual(parseTags("a, =b"), { problem: "A name is missing before the equals sign: =b" });
  assert.deepEqual(parseTags("a, a=1"), { problem: "a is listed twice." });
});

test("names of paths of either separator", () => {
  assert.equal(baseName("/a/b/score.py"), "score.py");
  assert.equal(baseName("C:\\a\\score.py"), "score.py");
  assert.equal(baseName("/a/model/"), "model");
});

function answered(
  status: number,
  headers: Record<string, string>,
  body: string,
  more: Partial<ServiceResponse> = {},
): DisplayedAnswer {
  const isJson = Object.values(headers).includes("application/json");
  return displayedAnswer({
    status,
    milliseconds: 8.12,
    headers,
    media: isJson ? "json" : "text",
    text: body,
    base64: "",
    imageType: "",
    size: Buffer.byteLength(body),
    isWhole: true,
    isCut: false,
    file: "",
    fileName: "response.json",
    table: null,
    problem: "",
    advice: "",
    failure: null,
    logLines: [],
    logSince: 0,
    wireSize: Buffer.byteLength(body),
    encoding: "",
    redirects: [],
    ...more,
  });
}

test("what crossed the wire is told of a compressed answer, and the way of a redirected one", () => {
  const answer = answered(200, {}, "x".repeat(3000), { wireSize: 40, encoding: "gzip", redirects: ["307 /score/"] });
  assert.equal(answer.summary, "200 OK · 8.1 ms · 3.0 kB, came as 40 B of gzip");
  assert.equal(answer.note, "Redirected by 307 /score/.");
});

test("a JSON answer is shown with line breaks, status, time and size", () => {
  const answer = answered(200, { "Content-Type": "application/json" }, "[1,2]");
  assert.equal(answer.summary, "200 OK · 8.1 ms · 5 B");
  assert.equal(answer.body, "[1, 2]");
  assert.equal(answer.ok, true);
});

test("an answer is never altered: broken JSON, plain text and the digits of numbers stay", () => {
  const headers = { "content-type": "application/json" };
  for (const body of ["{broken", "12345678901234567890", "[1.0, 1e-05, 0.30000000000000004]", "NaN"]) {
    assert.equal(answered(500, headers, body).body, body);
  }
  assert.equal(answered(200, {}, "[1,2]").body, "[1,2]");
});

test("rows of numbers stay rows, and everything else is indented", () => {
  const body = JSON.stringify({
    data: [
      [1, 2.5],
      [-3, null],
    ],
    empty: {},
    none: [],
    deep: { text: 'a\n"[b],{}' },
  });
  assert.equal(
    pretty(body),
    [
      '{\n  "data": [\n    [1, 2.5],\n    [-3, null]\n  ],',
      '  "empty": {},\n  "none": [],',
      '  "deep": {\n    "text": "a\\n\\"[b],{}"\n  }\n}',
    ].join("\n"),
  );
  assert.deepEqual(JSON.parse(pretty(body)), JSON.parse(body));
  assert.equal(pretty(JSON.stringify(Array.from({ length: 60 }, (_, index) => index))).split("\n").length, 62);
});

test("JSON nested without end does not break the panel", () => {
  const body = "[".repeat(200_000) + "]".repeat(200_000);
  assert.equal(pretty(body), body);
});

test("a huge answer is cut and says by how much", () => {
  const answer = answered(200, {}, "x".repeat(500_100));
  assert.match(answer.body, /… 100 B more$/);
  const long = answered(200, {}, "x".repeat(1000), { size: 100_001_000, isWhole: false, file: "/tmp/response" });
  assert.match(long.body, /… 100 MB more$/);
  assert.equal(long.note, "This is the beginning. “Save Response…” writes all 100 MB to a file.");
  assert.equal(long.canBeRecorded, false);
  const endless = answered(200, {}, "x", { size: 256_000_000, isWhole: false, isCut: true });
  assert.match(endless.note, /larger than what is received at most. Only its first 256 MB are here/);
});

test("bytes, images and rows are told by what they are", () => {
  const binary = answered(200, {}, "", { media: "binary", size: 2_300_000, base64: "AAAA" });
  assert.equal(binary.body, "");
  assert.match(binary.note, /2.3 MB of bytes that are not text/);
  const image = answered(200, {}, "", { media: "image", imageType: "image/png", size: 4, base64: "AAAA" });
  assert.equal(image.image, "data:image/png;base64,AAAA");
  const table = { path: "$.result", columns: ["a"], rows: [["1"]], rowCount: 1, columnCount: 1 };
  assert.equal(answered(200, {}, "[]", { table }).table?.caption, "$.result: 1 rows, 1 columns");
  assert.equal(
    answered(200, {}, "[]", { table: { ...table, rowCount: 700 } }).table?.caption,
    "$.result: the first 1 of 700 rows, 1 of 1 columns",
  );
});

test("a refusal by the service says what to do, an answer of the script says nothing more", () => {
  const refused = answered(401, { "www-authenticate": "Bearer" }, "{}", {
    problem: "service-key-refused",
    advice: "Send `Authorization`.",
  });
  assert.equal(refused.advice, "Send Authorization.");
  assert.equal(refused.ok, false);
  assert.equal(answered(401, {}, "{}").advice, "");
});

test("the page cannot be broken by what it shows", () => {
  const evil = `</script><img src=x onerror="alert(1)">`;
  const texts = Object.fromEntries(
    [
      "title",
      "method",
      "more",
      "send",
      "cancel",
      "body",
      "key",
      "token",
      "ownKey",
      "ownToken",
      "sample",
      "dataset",
      "answer",
      "headers",
      "copy",
      "waiting",
      "cancelled",
      "hint",
      "none",
      "plainBody",
      "query",
      "file",
      "binary",
      "invalid",
      "failure",
      "goToLine",
      "log",
      "target",
      "sentHeaders",
      "headersHint",
      "open",
      "save",
      "history",
      "record",
      "saveAnswer",
      "many",
      "asJson",
      "asForm",
      "writeAs",
      "proposals",
      "proposalsHint",
      "form",
      "connections",
      "rate",
      "rateHint",
      "seconds",
      "loadStart",
      "loadStop",
      "loadBegins",
      "asText",
      "asTable",
      "showAs",
      "image",
      "imageSize",
      "environment",
      "bodyKind",
      "parts",
      "partName",
      "partKind",
      "partText",
      "partFile",
      "partValue",
      "partType",
      "partTypeHint",
      "addPart",
      "removePart",
      "chooseFile",
      "noFile",
    ].map((key) => [key, evil]),
  );
  const bodyKinds = { json: evil, text: evil, form: evil, file: evil };
  const page = html({
    nonce: "n",
    script: "send()",
    style: "body {}",
    language: "en",
    state: { service: evil, workspaceId: "local", method: "POST", body: evil, touched: true },
    texts: { ...texts, bodyKinds } as never,
    repeats: true,
  });
  assert.equal(page.includes("<img src=x"), false);
  assert.equal(page.split("</script>").length - 1, 3);
  assert.match(page, /default-src 'none'; img-src data:; style-src 'nonce-n'; script-src 'nonce-n';/);
});

test("a failed request shows what was raised, its lines innermost first, and its log", () => {
  const frame = (file: string, line: number, fn: string): Frame => ({ file, line, function: fn, text: "  sum(x)" });
  const frames = [frame("/p/score.py", 12, "run"), frame("/p/parts.py", 3, "total")];
  const failure = { id: "1", time: NOW, message: "TypeError: no", frames };
  const answer = answered(500, {}, "See the log.", { failure, logLines: ["one", "two"] });
  assert.equal(answer.exception, "TypeError: no");
  assert.deepEqual(answer.frames, [
    { place: "parts.py:3 in total", code: "sum(x)" },
    { place: "score.py:12 in run", code: "sum(x)" },
  ]);
  assert.equal(answer.log, "one\ntwo");
});

test("the full log is the rotated files, oldest first, each line for people", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "scoredock-log-"));
  const line = (n: number, m: string): string => `${JSON.stringify({ n, t: NOW, s: "stdout", l: "I", m })}\n`;
  writeFileSync(path.join(folder, "service.jsonl"), line(4, "four") + "torn {");
  writeFileSync(path.join(folder, "service.jsonl.1"), line(3, "three"));
  writeFileSync(path.join(folder, "service.jsonl.10"), line(1, "one"));
  writeFileSync(path.join(folder, "service.jsonl.2"), line(2, "two"));
  writeFileSync(path.join(folder, "service.jsonl.lock"), "not a log");
  const lines = (await fullLog(path.join(folder, "service.jsonl"))).split("\n");
  rmSync(folder, { recursive: true });
  assert.deepEqual(
    lines.map((text) => text.split(" ").at(-1)),
    ["one", "two", "three", "four", "{"],
  );
  assert.match(lines[0] ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d I one$/);
});

test("a line that is not a record stays as it is", () => {
  assert.equal(formatLogLine("null"), "null");
  assert.equal(formatLogLine('{"n":1}'), '{"n":1}');
});
