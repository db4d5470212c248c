import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import * as l10n from "@vscode/l10n";

import { runContent } from "../../extension/contrib/runs/runContent";
import { ago, files } from "../../extension/text/format";
import { statusText } from "../../extension/text/serviceState";
import { serviceNodes } from "../../extension/views/serviceNodes";
import { listed, NOW, run, service, STORE } from "./records";

const bundle = path.join(process.cwd(), "l10n", "bundle.l10n.zh-cn.json");
l10n.config({ contents: readFileSync(bundle, "utf8") });

test("states, engines and times are in the person's language", () => {
  const loaded = service("diabetes", { memoryBytes: 96_000_000, cpuPercent: 1.4 });
  const status = { words: ["正常"], text: "正常", look: "good", failing: false } as const; // the server's, in its language
  const [node] = serviceNodes(listed({ services: [{ ...loaded, status }] }));
  assert.equal(node?.description, "正常 · 进程 · :6789");
  assert.equal(node.spoken, "服务 diabetes，正常, 进程, :6789");
  const load = node.children?.().at(-1);
  assert.equal(load?.spoken, "内存 96.0 MB，CPU 1%");
  assert.equal(ago(NOW - 300, NOW), "5 分钟前");
  assert.equal(files(3), "3 个文件");
  assert.equal(statusText("", 3, 1), "$(warning) Scoredock：3 个服务，1 个出现故障");
});

test("pages name states of runs in the person's language, whatever the server calls them", () => {
  const states = (["FINISHED", "KILLED", "PAUSED"] as const).map((status) => {
    const details = { run: run("r1", { status }), store: STORE, experiment: { id: "0", name: "trees", runs: null } };
    return runContent(details, "local", NOW).states[0]?.text;
  });
  assert.deepEqual(states, ["已完成", "已终止", "Paused"]);
});
