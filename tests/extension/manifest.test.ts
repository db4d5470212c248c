import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";

interface MenuItem {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
  readonly group?: string;
}

interface Setting {
  readonly type: string;
  readonly scope: string;
  readonly enum?: readonly string[];
}

interface Manifest {
  readonly icon: string;
  readonly activationEvents: readonly string[];
  readonly extensionKind: readonly string[];
  readonly extensionDependencies?: readonly string[];
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly submenus: readonly { readonly id: string }[];
    readonly views: { readonly scoredock: readonly { readonly id: string }[] };
    readonly configuration: readonly { readonly properties: Readonly<Record<string, Setting>> }[];
  };
}

// The tests are started from the project's folder.
const root = process.cwd();

function contributions(): string[] {
  const folders = readdirSync(path.join(root, "extension/contrib"), { withFileTypes: true });
  return folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function read(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

const text = read("package.json");
const manifest = JSON.parse(text) as Manifest;
const commands = manifest.contributes.commands.map(({ command }) => command);

/** The words that a view's rows can carry, as the node builders write them. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  models: [
    ...["group", "several", "value", "version", "used", "consent", "aliased", "file", "folder", "more", "problem"],
    ...["dataset", "runs", "trash", "asset", "one", "name", "rows", "deleted", "deletedModel", "deletedAsset"],
    ...["store", "experiment", "run", "parent", "children", "artifact", "logged", "empty", "ofWorkspace"],
  ],
  services: [
    ...[
      "service",
      "answering",
      "addressed",
      "stoppable",
      "stopping",
      "startable",
      "restartable",
      "keyed",
      "tokened",
      "returnable",
    ],
    ...["elsewhere", "detail", "failure", "scoringUri", "swaggerUri"],
    ...["endpoint", "routing", "halted", "endpointVersion", "served", "promotable", "withdrawable", "deletable"],
    ...["rules", "deploymentRule", "active", "paused", "settled", "attended", "installed"],
  ],
  environments: [
    ...["asset", "one", "name", "buildable", "building", "buildLog", "removable", "made", "cloneable"],
    ...["image", "deployable", "exportable", "created", "problem", "empty"],
  ],
  jobs: ["job", "running", "pausable", "resumable", "deletable", "written"],
  workspaces: [
    "workspace",
    "active",
    "default",
    "left",
    "azure",
    "offer",
    "computes",
    "compute",
    "rayCompute",
    "dockerCompute",
    "unconfirmed",
    ...["eventHeading", "subscription", "pausable", "paused", "damaged"],
  ],
};

test("every command has a handler and every handler a command", () => {
  const tables = ["commands/handlers", ...contributions().map((name) => `contrib/${name}/commands`)];
  const handlers = tables.flatMap((table) =>
    [...read(`extension/${table}.ts`).matchAll(/^ {2}"(scoredock\.\w+)":/gm)].map((match) => match[1]),
  );
  assert.deepEqual([...handlers].sort(), [...commands].sort());
});

test("menus name only commands that exist", () => {
  for (const items of Object.values(manifest.contributes.menus)) {
    for (const item of items) {
      assert.ok(
        item.command === undefined
          ? manifest.contributes.submenus.some(({ id }) => id === item.submenu)
          : commands.includes(item.command),
        item.command ?? item.submenu,
      );
    }
  }
});

test("every text of the manifest is there, and none is left over", () => {
  const texts = JSON.parse(read("package.nls.json")) as Record<string, string>;
  const used = new Set([...text.matchAll(/"%([\w.]+)%"/g)].map((match) => match[1] ?? ""));
  assert.deepEqual([...used].sort(), Object.keys(texts).sort());
});

function viewOf(when: string): string {
  return /view == scoredock\.(\w+)/.exec(when)?.[1] ?? "";
}

test("the menus of rows ask for flags that the rows of their view can carry", () => {
  const submenus = manifest.contributes.submenus.flatMap(({ id }) => manifest.contributes.menus[id] ?? []);
  for (const item of [...(manifest.contributes.menus["view/item/context"] ?? []), ...submenus]) {
    const when = item.when ?? "";
    const flags = [...when.matchAll(/\\b\(?([\w|]+)\)?\\b/g)].flatMap((match) => (match[1] ?? "").split("|"));
    const known = FLAGS[viewOf(when)];
    assert.ok(flags.length > 0 && flags.every((flag) => known?.includes(flag)), `${item.command ?? ""}: ${when}`);
  }
});

test("what is done with an image is offered on images, not on their heading", () => {
  const item = manifest.contributes.menus["view/item/context"]?.find(({ command }) => command === "scoredock.useImage");
  assert.match(item?.when ?? "", /\\bexportable\\b/);
});

test("the editor is never woken for everything, and no other extension is needed", () => {
  const wide = manifest.activationEvents.filter(
    (event) => event === "*" || event === "onStartupFinished" || event.startsWith("onLanguage"),
  );
  // A few milliseconds for each Python file: `activation/` looks at it and starts nothing else.
  assert.deepEqual(wide, ["onLanguage:python"]);
  assert.equal(manifest.extensionDependencies, undefined);
  assert.deepEqual(manifest.extensionKind, ["workspace"]);
});

test("settings that name programs or folders are never taken from a folder that is not trusted", () => {
  const properties = Object.assign(
    {},
    ...manifest.contributes.configuration.map((section) => section.properties),
  ) as Record<string, { scope: string }>;
  for (const key of manifest.capabilities.untrustedWorkspaces.restrictedConfigurations) {
    assert.match(properties[key]?.scope ?? "", /^machine/, key);
  }
});

test("a program, image, address or folder is named by no setting that a folder which is not trusted may have", () => {
  const restricted = new Set(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations);
  const settings = manifest.contributes.configuration.flatMap((section) => Object.entries(section.properties));
  const open = settings.filter(([key]) => !restricted.has(key));
  const free = open.filter(
    ([, { type, enum: choices }]) => (type === "string" && choices === undefined) || type === "array",
  );
  // Codes of rules.
  assert.deepEqual(
    free.map(([key]) => key),
    ["scoredock.check.ignore"],
  );
  for (const key of [
    "server.interpreter",
    "environment.interpreter",
    "environment.downloadPython",
    "docker.host",
    "docker.baseImage",
    "services.startAgain",
  ]) {
    assert.ok(restricted.has(`scoredock.${key}`), key);
  }
});

test("no setting is promised per folder: the server has one value of each", () => {
  const properties = manifest.contributes.configuration.flatMap((section) => Object.entries(section.properties));
  assert.deepEqual(
    properties.filter(([, { scope }]) => !["machine", "machine-overridable", "window"].includes(scope)),
    [],
  );
});

test("files that the manifest names exist", () => {
  const named = [...text.matchAll(/"(?:\.\/)?(media\/[\w./-]+)"/g)]
    .map((match) => match[1] ?? "")
    .filter((file) => !file.endsWith("/"));
  assert.ok(named.length > 1);
  for (const file of named) {
    assert.ok(existsSync(path.join(root, file)), file);
  }
});

test("translators get every text, and no other: npm run l10n", () => {
  const written = readdirSync(path.join(root, "extension"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => [...read(path.join("extension", file)).matchAll(/\bl10n\.t\(\s*("(?:[^"\\\n]|\\.)*"|\S)/g)])
    .map(([, literal = ""]) => JSON.parse(literal) as string);
  assert.deepEqual(JSON.parse(read("l10n/bundle.l10n.json")), Object.fromEntries(written.map((each) => [each, each])));
});

/** A quarter of a minute for what the test above asks in another way. */
const ofTheLongRun = process.env["SCOREDOCK_TEST_DEPTH"] === "long" ? test : (): void => undefined;

void ofTheLongRun("the texts for translators are what the tool of VS Code finds", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "scoredock-l10n-"));
  const cli = createRequire(path.join(root, "package.json")).resolve("@vscode/l10n-dev/dist/cli.js");
  execFileSync(process.execPath, [cli, "export", "--outDir", folder, "extension"], { cwd: root, stdio: "ignore" });
  const fresh: unknown = JSON.parse(readFileSync(path.join(folder, "bundle.l10n.json"), "utf8"));
  rmSync(folder, { recursive: true });
  assert.deepEqual(JSON.parse(read("l10n/bundle.l10n.json")), fresh);
});
