import assert from "node:assert/strict";
import { test } from "node:test";

import { actionOf, doctorHtml, summary, withoutServer } from "../../extension/guide/doctorRows";
import { chaptersOf, documentHtml, foundHtml, titleOf, withPictures } from "../../extension/guide/documentBody";
import { search, sectionsOf } from "../../extension/guide/search";
import { frameHtml } from "../../extension/guide/frame";
import { originalOf, targetOf, translationOf } from "../../extension/guide/links";
import type { DoctorReport, DoctorRow } from "../../extension/protocol";
import type { Failure } from "../../extension/text/errors";

function row(id: string, more: Partial<DoctorRow> = {}): DoctorRow {
  return { id, title: id, state: "fine", sentence: "It works.", fix: "", facts: [], actions: [], ...more };
}

const action = { title: "Make It Private", command: "", arguments: [], repair: "permissions" as const, terminal: "" };
const report: DoctorReport = {
  rows: [row("permissions", { state: "attention", actions: [action] }), row("python")],
  about: "Scoredock 0.1.0",
  text: "…",
};

test("a link of the documentation leads to a page, to the web, to a file, or nowhere", () => {
  const from = "docs/rules/SD101.md";
  assert.deepEqual(targetOf("../services.md#in-a-container", from), {
    kind: "page",
    page: "docs/services.md",
    at: "in-a-container",
  });
  assert.deepEqual(targetOf("#example", from), { kind: "page", page: from, at: "example" });
  assert.deepEqual(targetOf("./", "docs/rules/README.md"), { kind: "page", page: "docs/rules/README.md", at: "" });
  assert.deepEqual(targetOf("images/a.png", "docs/a.md"), { kind: "file", path: "docs/images/a.png" });
  assert.deepEqual(targetOf("https://example.com/x", from), { kind: "web", address: "https://example.com/x" });
  for (const bad of [
    "../../../../etc/passwd.md",
    "command:workbench.action.quit",
    "file:///etc/passwd",
    "//host/a.md",
  ]) {
    assert.deepEqual(targetOf(bad, from), { kind: "nowhere" }, bad);
  }
});

test("the chapters are what the first page lists, each once", () => {
  const page =
    "- [Models](models.md): x\n- [Checks](checks.md); [rules](rules/README.md)\n" +
    "[again](models.md) [web](https://a.b)\n[`az ml` lines](az.md)";
  assert.deepEqual(
    chaptersOf(page).map((one) => `${one.title} ${one.page}`),
    ["Models docs/models.md", "Checks docs/checks.md", "Rules docs/rules/README.md", "az ml lines docs/az.md"],
  );
  assert.equal(titleOf("# `run()` and *more*\n\n# Other"), "run() and more");
});

test("the chapters stand in the groups of the first page", () => {
  const page =
    "# Guide\n\n## Start here\n\n- [Models](models.md)\n\n## More\n\n- [Checks](checks.md); [Runs](runs.md)\n";
  const chapters = chaptersOf(page);
  assert.deepEqual(
    chapters.map(({ group, title }) => `${group}: ${title}`),
    ["Start here: Models", "More: Checks", "More: Runs"],
  );
  const html = documentHtml({ page: "docs/checks.md", body: "", chapters, canGoBack: false });
  assert.match(html, /Start here<\/p>\n<ul aria-label="Start here"><li>.*Models.*<\/ul>\n<p class="group"[^>]*>More/s);
});

const TEXT =
  "# Services\n\nA service *answers*.\n\n## Stop & `start`\n\nIt frees its [port](x.md).\n\n```sh\n# no heading\n```\n";

test("what is looked for is found in headings first, and leads to its place", () => {
  const sections = [
    ...sectionsOf("docs/services.md", TEXT),
    ...sectionsOf("docs/logs.md", "# Logs\n\nWho stops a port"),
  ];
  const found = (asked: string): readonly string[] =>
    search(sections, asked).map(({ section, excerpt }) => `${section.page}#${section.at} ${excerpt}`);
  assert.deepEqual(found("PORT"), [
    "docs/services.md#stop--start It frees its port. # no heading",
    "docs/logs.md# Who stops a port",
  ]);
  assert.equal(found("start stop").length, 1);
  assert.equal(found("op").length, 0, "a word is found by its beginning");
  assert.equal(search(sections, "logs")[0]?.section.page, "docs/logs.md");
  assert.deepEqual(found("  "), []);
  assert.match(foundHtml("x", []), /Nothing was found/);
  assert.match(
    foundHtml("port", search(sections, "port")),
    /data-href="\/docs\/services\.md#stop--start">Services: Stop &#38; start/,
  );
  assert.equal(foundHtml(" ", []), "");
});

test("a page is shown in the language of the editor where that may have been translated", () => {
  assert.equal(translationOf("docs/models.md", "zh-cn"), "docs/zh-cn/models.md");
  assert.equal(translationOf("docs/models.md", "zh-TW"), "docs/zh-tw/models.md");
  for (const [page, language] of [
    ["docs/models.md", "en"],
    ["docs/models.md", "de"],
    ["docs/rules/SD101.md", "zh-cn"],
    ["README.md", "zh-cn"],
  ] as const) {
    assert.equal(translationOf(page, language), "", `${page} in ${language}`);
  }
  assert.equal(originalOf("docs/zh-cn/models.md"), "docs/models.md");
  assert.equal(originalOf("docs/zh-tw/README.md"), "docs/README.md");
  assert.equal(originalOf("docs/models.md"), "docs/models.md");
});

test("the chapters of a translated first page are the same pages", () => {
  const page = "- [模型](models.md)\n- [服务](../services.md)；[规则](../rules/README.md)";
  assert.deepEqual(
    chaptersOf(page, "docs/zh-cn/README.md").map((one) => `${one.title} ${one.page}`),
    ["模型 docs/models.md", "服务 docs/services.md", "规则 docs/rules/README.md"],
  );
});

test("pictures come from the extension, whatever is written", () => {
  const html = '<p><img src="images/a.png" alt="x"> <img src="../../../etc/a.png"></p>';
  const shown = withPictures(html, "docs/a.md", (path) => `https://local/${path}?a="b"`);
  assert.match(shown, /src="https:\/\/local\/docs\/images\/a\.png\?a=&#34;b&#34;"/);
  assert.match(shown, /src="\.\.\/\.\.\/\.\.\/etc\/a\.png"/);
});

test("the page that is read is marked among the chapters", () => {
  const chapters = chaptersOf("[Models](models.md) [Checks](checks.md)");
  const html = documentHtml({ page: "docs/checks.md", body: "<h1>Checks</h1>", chapters, canGoBack: false });
  assert.equal(html.match(/aria-current="page"/g)?.length, 1);
  assert.match(html, /data-href="\/docs\/checks\.md" aria-current="page">Checks/);
  assert.ok(!html.includes('data-act="back"'), "no button that does nothing");
  assert.match(documentHtml({ page: "docs/checks.md", body: "", chapters, canGoBack: true }), /data-act="back"/);
});

test("what a computer says cannot become markup", () => {
  const html = doctorHtml({ ...report, rows: [row("x", { sentence: "<img src=x onerror=a()>" })] }, false, "");
  assert.ok(!html.includes("<img"));
});

test("each row says its state in words, and its buttons name it", () => {
  const html = doctorHtml(report, false, "");
  assert.match(html, /Needs attention/);
  assert.match(html, /data-act="permissions:0" aria-label="permissions: Make It Private"/);
  assert.equal(summary(report.rows), "1 needs attention");
  assert.equal(summary([row("python")]), "No problems were found.");
  assert.equal(actionOf(report, "permissions:0"), action);
  for (const id of ["permissions:1", "python:0", "gone:0", "again"]) {
    assert.equal(actionOf(report, id), undefined, id);
  }
});

test("without a server the page says why, with the buttons of the failure and no home folder in the text", () => {
  const choose = { title: "Choose Python", command: "scoredock.choosePython", arguments: [] };
  const failure: Failure = {
    ...{ code: "server-python-not-found", message: "", sentence: "No Python in /home/ada/bin.", place: null },
    ...{ remedies: [choose], details: {}, cancelled: false },
  };
  const editor = { name: "VS Code 1.105.0", extension: "0.1.0", system: "Linux", home: "/home/ada" };
  const made = withoutServer(failure, editor);
  assert.equal(made.rows[0]?.state, "broken");
  assert.equal(actionOf(made, "server:0")?.command, "scoredock.choosePython");
  assert.match(made.text, /No Python in ~\/bin\./);
  assert.ok(!made.text.includes("ada"));
});

test("the policy of a page lets nothing in but our own files", () => {
  const frame = { nonce: "abc", pictures: "https://local", script: "", style: "", title: "T", kind: "guide" };
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(frameHtml({ ...frame, language: "en" }))?.[1];
  assert.equal(policy, "default-src 'none'; img-src https://local; style-src 'nonce-abc'; script-src 'nonce-abc';");
});
