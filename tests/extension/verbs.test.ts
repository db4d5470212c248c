import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { holds, type Manifest, rowVerbs, titleVerbs } from "../../extension/commands/things/verbs";

const MANIFEST = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const NO_KEYS: ReadonlySet<string> = new Set();

function commands(view: string, flags: string): readonly string[] {
  return rowVerbs(MANIFEST, { view, flags, keys: NO_KEYS }).map(({ command }) => command.replace("scoredock.", ""));
}

test("a row can do what its menu, its submenus and its icons have, each once, the menu's first entry first", () => {
  const healthy = commands(
    "services",
    "service can-debug can-reload healthy answering addressed stoppable restartable",
  );
  assert.equal(healthy[0], "sendRequest");
  assert.equal(healthy.at(-1), "deleteService");
  assert.equal(new Set(healthy).size, healthy.length);
  for (const verb of ["stopService", "reloadService", "debugService", "copyScoringUri"]) {
    assert.ok(healthy.includes(verb), verb);
  }
  assert.ok(!healthy.includes("startService"));
  assert.ok(!commands("services", "service stopped startable").includes("sendRequest"));
  assert.deepEqual(commands("services", "detail scoringUri"), ["copyScoringUri"]);
});

test("verbs of a submenu carry its name", () => {
  const verbs = rowVerbs(MANIFEST, { view: "models", flags: "version aliased", keys: NO_KEYS });
  const alias = verbs.find(({ command }) => command === "scoredock.removeModelAlias");
  assert.equal(alias?.submenu, "%submenu.model.edit%");
  assert.ok(!commands("models", "version").includes("removeModelAlias"));
});

test("the head of a view offers what its context keys allow", () => {
  const offered = (keys: ReadonlySet<string>): readonly string[] =>
    titleVerbs(MANIFEST, { view: "models", flags: "", keys }).map(({ command }) => command);
  assert.equal(offered(NO_KEYS)[0], "scoredock.registerModel");
  assert.ok(!offered(NO_KEYS).includes("scoredock.clearModelFilter"));
  assert.ok(offered(new Set(["scoredock.models.filtered"])).includes("scoredock.clearModelFilter"));
});

test("translated titles are read as the editor hands them out", () => {
  const translated: Manifest = {
    contributes: {
      commands: [{ command: "a", title: { value: "Anfrage" }, icon: "$(send)" }],
      menus: { "view/item/context": [{ command: "a", when: "view == scoredock.services", group: "1_main@1" }] },
    },
  };
  assert.deepEqual(rowVerbs(translated, { view: "services", flags: "service", keys: NO_KEYS }), [
    { command: "a", title: "Anfrage", icon: "send", submenu: "" },
  ]);
});

test("a condition that the palette would not understand is refused, not taken for true", () => {
  assert.throws(
    () => holds("view == scoredock.models || x", { view: "models", flags: "", keys: NO_KEYS }),
    /understand/,
  );
  assert.equal(holds("!scoredock.x", { view: "models", flags: "", keys: NO_KEYS }), true);
});
