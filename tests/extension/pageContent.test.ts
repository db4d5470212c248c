import assert from "node:assert/strict";
import { test } from "node:test";

import { comparisonContent } from "../../extension/pages/comparisonContent";
import { type Act, type Cell, content, type PageContent, type Part } from "../../extension/pages/content";
import { endpointContent } from "../../extension/pages/endpointContent";
import { environmentContent } from "../../extension/pages/environmentContent";
import { frame } from "../../extension/pages/frame";
import { imageComparisonContent } from "../../extension/pages/imageComparisonContent";
import { imageContent } from "../../extension/pages/imageContent";
import { failurePage, gonePage } from "../../extension/pages/missing";
import { modelContent, resourceWords } from "../../extension/pages/modelContent";
import { profileContent } from "../../extension/contrib/profiling/profileContent";
import { repairContent, tryContent, verificationContent, workspaceContent } from "../../extension/pages/reportContent";
import { revisionComparisonContent, revisionsContent } from "../../extension/pages/revisionsContent";
import { runContent } from "../../extension/contrib/runs/runContent";
import { serviceContent } from "../../extension/pages/serviceContent";
import { stateIcon } from "../../extension/text/serviceState";
import { CORE_PAGES } from "../../extension/pages/coreKinds";
import { type Ask, PageKinds } from "../../extension/pages/sources";
import { PAGES as PROFILING } from "../../extension/contrib/profiling/pages";
import { PAGES as RUNS } from "../../extension/contrib/runs/pages";
import type {
  DocumentTried,
  EndpointDetails,
  EndpointVersionDetails,
  EnvironmentDetails,
  ImageComparison,
  ImageLayer,
  ServiceProfile,
  ServiceRevision,
} from "../../extension/protocol";
import { EMPTY } from "../../extension/state/state";
import { clock } from "../../extension/text/format";
import { failureOf } from "../../extension/text/errors";
import { endpointNodes } from "../../extension/views/endpointNodes";
import {
  details,
  endpoint,
  file,
  image,
  listed,
  model,
  NOW,
  READY,
  registered,
  run,
  service,
  STORE,
  version,
  workspace,
} from "./records";

function partWords(part: Part): string {
  switch (part.kind) {
    case "action":
      return `[${part.action.label}]`;
    case "chip":
      return `(${part.text})`;
    case "copy":
      return part.text;
    case "time":
      return `${part.text} {${part.exact}}`;
    case "text":
    case "code":
    case "link":
    case "state":
      return part.text;
  }
}

function cellWords(cell: Cell): string {
  return cell.map(partWords).join(" ");
}

/** A page as lines, for one who looks for words. */
function lines(page: PageContent): string[] {
  return [
    `# ${page.title}`,
    ...page.states.map(({ text, tone }) => `${tone}: ${text}`),
    page.lead,
    ...page.notices.map(({ text }) => `! ${text}`),
    ...page.sections.flatMap((section) => [
      `## ${section.title}`,
      ...section.blocks.flatMap((block): readonly string[] => {
        switch (block.kind) {
          case "fields":
            return block.fields.map(({ name, value }) => `${name}: ${cellWords(value)}`);
          case "table":
            return [
              block.columns.map(({ title }) => title).join(" | "),
              ...block.rows.map((row) => row.map(cellWords).join(" | ")),
            ];
          case "bars":
            return [
              block.title,
              block.mark,
              ...block.ends,
              ...block.bars.map(({ label, values }) => [label, ...values].join(" ")),
            ];
          case "list":
            return block.items.map((item) => `- ${cellWords(item)}`);
          case "paragraph":
            return [cellWords(block.cell)];
          case "code":
            return block.text.split("\n");
          case "traffic":
            return block.rows.map(({ name, share, marks }) => [name, share, ...marks].join(" "));
          case "limits":
            return block.rows.map(({ name, values }) => [name, ...Object.values(values)].join(" "));
          case "notice":
            return [`! ${block.text}`];
          case "chart":
            return [`(${block.label}: ${block.lines.map(({ label }) => label).join(", ")})`];
        }
      }),
    ]),
  ];
}

function offers(page: PageContent): string[] {
  return page.actions.map(({ label }) => label);
}

/** Every act of a page, wherever it stands. */
function acts(value: unknown): Act[] {
  const found: Act[] = [];
  JSON.stringify(value, (key, one: unknown) => {
    if (key === "act") {
      found.push(one as Act);
      return undefined;
    }
    return one;
  });
  return found;
}

function hasLine(page: PageContent, wanted: string): void {
  assert.ok(lines(page).includes(wanted), `${wanted}\n\n${lines(page).join("\n")}`);
}

const KINDS = new PageKinds(CORE_PAGES, PROFILING, RUNS);

test("the page of a version holds what is known and nothing else", () => {
  const page = modelContent(details(model("ridge", 1)), "local", NOW);
  hasLine(page, "# ridge:1");
  hasLine(page, "ridge.pkl | 644 B | 000000000000…");
  hasLine(page, "Tags: [Edit…]");
  assert.doesNotMatch(lines(page).join("\n"), /Pickle|Inputs|Outputs|Versions|Alias History|Git|Run|undefined|null/);
  assert.deepEqual(offers(page), [
    "Deploy",
    "Compare…",
    "Download Files…",
    "Export as Archive…",
    "Push to a Registry…",
    "Show Lineage",
    "Delete",
  ]);
});

test("a full page of a version", () => {
  const now = model("ridge", 2, {
    aliases: ["champion"],
    usedBy: ["diabetes"],
    pickle: "bad",
    runId: "abc",
    experiment: "sweep",
    framework: "ScikitLearn",
    tags: { stage: "try", fast: "" },
  });
  const page = modelContent(
    details(now, {
      files: [file("a|b.pkl"), file("logs/")],
      pickle: {
        state: "bad",
        bad: ["os.system"],
        unknown: ["mine.Thing"],
        notes: ["b.pkl ends early."],
        code: ["MLmodel: it is loaded by the Python module mine"],
        consent: "",
      },
      resources: { cpu: 0.5, memoryInGB: 1 },
      source: { commit: "f00d", branch: "main", dirty: true },
      runStore: "/home/ada/mlruns",
      runName: "sweep-7",
      sampleInputDataset: "rows:1",
      datasets: [{ scenario: "training", dataset: "train:3" }],
      recognised: "The pickle names sklearn.",
      inputs: [{ name: "x", type: "float32", shape: "[N, 10]" }],
      outputs: [{ name: "y", type: "float32", shape: "" }],
      versions: [now, model("ridge", 1)],
      images: ["boxed:1"],
      aliasHistory: [{ alias: "champion", version: 2, previous: 1, changed: now.created, changedBy: "ada" }],
    }),
    "local",
    NOW,
  );
  for (const line of [
    "good: In use",
    "bad: known-bad names",
    "- os.system",
    "- mine.Thing",
    "Tags: (stage=try) (fast) [Edit…]",
    "Git commit: f00d main with uncommitted changes",
    "Run: sweep-7 abc",
    "Resources: 0.5 CPU, 1 GB memory [Set…]",
    "Datasets: training train:3",
    "Images: boxed:1",
    "x | float32 | [N, 10]",
    "a|b.pkl | 644 B | 000000000000…",
    "logs/ | empty folder | ",
    "Aliases: (champion) [Set…] [Remove…]",
  ]) {
    hasLine(page, line);
  }
  assert.match(lines(page).join("\n"), /v2 \(this one\) \(champion\) \(stage=try\) \(fast\) \| just now \{20..-/);
  assert.match(lines(page).join("\n"), /champion \| v1 → v2 \| just now/);
  assert.match(page.notices[0]?.text ?? "", /known-bad names.*only after you allow it/);
  assert.deepEqual(
    page.notices[0]?.actions.map(({ label }) => label),
    ["Allow Deployment…"],
  );
  assert.doesNotMatch(lines(page).join("\n"), /\bsafe/i);
  const pages = acts(page).flatMap((act) => (act.kind === "page" ? [act.page.kind] : []));
  assert.deepEqual([...new Set(pages)].sort(), ["image", "model", "run", "service"]);
});

test("a version in the trash can be restored, and nothing else be done with it", () => {
  const page = modelContent(details(model("ridge", 1, { deleted: NOW - 90 })), "local", NOW);
  assert.deepEqual(offers(page), ["Restore", "Delete Permanently…"]);
  assert.equal(page.states[0]?.text, "In the trash");
  assert.doesNotMatch(lines(page).join("\n"), /\[/);
});

test("commands get the row that they are run on in the views", () => {
  const ridge = model("ridge", 1);
  const [deploy] = modelContent(details(ridge), "local", NOW).actions;
  assert.deepEqual(deploy?.act, {
    kind: "command",
    command: "scoredock.deploy",
    arguments: [{ subject: { kind: "version", model: ridge } }],
  });
});

test("resources that nobody named are not told", () => {
  assert.equal(resourceWords({ cpu: null, gpu: 1 }), "1 GPU");
  assert.equal(resourceWords({}), "");
});

test("a service offers what its state allows", () => {
  const all = [
    "Open Log",
    "Update Models…",
    "Metrics",
    "Roll Back",
    "Debug",
    "Package…",
    "Add to Endpoint…",
    "Show Lineage",
    "Delete…",
  ];
  assert.deepEqual(offers(serviceContent(service("a"), NOW)), [
    "Send Request",
    "Open Log",
    "Stop",
    "Restart",
    "Reload Files",
    "Update Models…",
    "Metrics",
    "Roll Back",
    "Debug",
    "Profile…",
    "Package…",
    "Add to Endpoint…",
    "Show Lineage",
    "Delete…",
  ]);
  const stopped = serviceContent(service("a", { state: "Stopped" }), NOW);
  assert.deepEqual(offers(stopped), ["Start", ...all]);
  assert.equal(stopped.actions[0]?.rank, "first");
  assert.deepEqual(offers(serviceContent(service("a", { state: "Transitioning", phase: "probing" }), NOW)), [
    "Open Log",
    "Stop",
    "Update Models…",
    "Metrics",
    "Roll Back",
    "Debug",
    "Package…",
    "Add to Endpoint…",
    "Show Lineage",
    "Delete…",
  ]);
});

test("an endpoint with one version says how it gets another, and has nothing to withdraw", () => {
  const alone = lines(endpointContent(endpoint([version("blue", { share: 100, isDefault: true })]), [], NOW));
  assert.ok(alone.some((line) => line.startsWith("blue is the only version and gets all requests.")));
  assert.ok(!alone.includes("## Automatic Withdrawal"));
});

test("an endpoint says how a Gateway leads to it, on its page and in its row", () => {
  const note = "The Gateway divides the requests among the versions itself.";
  const divided = endpoint([version("blue", { share: 100, isDefault: true })], { dividedBy: "gateway", notes: [note] });
  assert.ok(lines(endpointContent(divided, [], NOW)).some((line) => line.includes(note)));
  const [row] = endpointNodes({ ...EMPTY, endpoints: [divided] });
  assert.ok(row?.tooltip.includes("From outside: The Gateway divides the requests among the versions itself"));
});

test("an endpoint shows the limits of each version that can be withdrawn, and copies that fail", () => {
  const blue = version("blue", { share: 100, isDefault: true });
  const limits = { errors: 5, milliseconds: 0, seconds: 30, requests: 10 };
  const green = version("green", { limits, copied: 3, uncopied: 2, incomparable: 1, dropped: 4 });
  const page = lines(
    endpointContent(endpoint([blue, green, version("red")], { mirror: "green", mirrorShare: 50 }), [], NOW),
  );
  assert.ok(page.includes("green 5  30 10"));
  assert.ok(page.includes("red   60 20"));
  assert.ok(page.includes("! 2 of 5 copies of requests to green got no response. Clients do not notice it."));
  assert.ok(page.includes("Compared: 2"));
  assert.ok(page.includes("Not comparable: 1"));
  assert.ok(page.includes("Copies left out: 4"));
  assert.ok(!page.some((line) => line.includes("is the only version")));
});

test("the row of an endpoint says which version was withdrawn", () => {
  const green = version("green", { withdrawn: "15% of 20 responses in 60 s were errors" });
  const versions = [version("blue", { share: 100, isDefault: true }), green];
  const [row] = endpointNodes({ ...EMPTY, endpoints: [endpoint(versions)] });
  assert.equal(row?.description, "Endpoint · green: withdrawn · :8080");
  assert.equal(row.spoken, "Endpoint prices, Healthy, green: withdrawn, blue 100%, green 0%");
});

test("an endpoint with a dead version says who gets its share", () => {
  const dead = { state: "Failed", takesRequests: false, awaySince: NOW } as const;
  const status = {
    words: ["Unhealthy", "degraded"],
    text: "Unhealthy, degraded",
    look: "warning",
    failing: true,
  } as const;
  const degraded = { state: "Unhealthy", phase: "degraded", status } as const;
  const page = (blue: Partial<EndpointVersionDetails>, green: Partial<EndpointVersionDetails>) =>
    lines(
      endpointContent(
        endpoint([version("blue", { share: 80, isDefault: true, ...blue }), version("green", green)], degraded),
        [],
        NOW,
      ),
    );
  assert.ok(
    page({ ...dead, answeredBy: "green" }, { share: 20 }).includes(
      `! Version blue takes no requests: Failed; its share goes to green since ${clock(NOW)}.`,
    ),
  );
  const nobody = page({ ...dead, answeredBy: "" }, { ...dead, share: 20, answeredBy: "" });
  assert.equal(nobody.filter((line) => line.endsWith(`nobody responds in its place since ${clock(NOW)}.`)).length, 2);
  // A version without a share misses no request.
  assert.ok(!page({}, { ...dead, answeredBy: "blue" }).some((line) => line.includes("takes no requests")));
});

test("the row of an endpoint has the colour of its state", () => {
  const colour = (state: EndpointDetails["state"]) =>
    endpointNodes({ ...EMPTY, endpoints: [endpoint([], { state })] })[0]?.icon;
  assert.deepEqual(colour("Healthy"), { id: "split-horizontal", color: "testing.iconPassed" });
  assert.deepEqual(colour("Unhealthy"), { id: "split-horizontal", color: "problemsWarningIcon.foreground" });
  assert.deepEqual(colour("Failed"), { id: "split-horizontal", color: "problemsErrorIcon.foreground" });
});

test("a service says how it is, where it answers and what it is made of", () => {
  const page = serviceContent(
    service("diabetes", {
      memoryBytes: 123_000_000,
      cpuPercent: 3.4,
      authentication: "keys",
      image: "boxed:1",
      tags: { team: "a" },
      restarts: 2,
      networkHolder: "old",
    }),
    NOW,
  );
  for (const line of [
    "good: Healthy",
    "Scoring URI: http://127.0.0.1:6789/score",
    "Swagger: swagger.json",
    "Authentication: Callers must send a key [Copy Key…]",
    "Models: ridge:3",
    "Entry script: score.py",
    "Image: boxed:1",
    "Revision: 2 before: 1 [Revisions]",
    "Memory: 123 MB 3% CPU",
    "Restarts: 2",
    "Tags: (team=a)",
  ]) {
    hasLine(page, line);
  }
  assert.match(lines(page).join("\n"), /Network: kept by the container old/);
  assert.equal(
    serviceContent(service("a", { state: "Transitioning", phase: "starting" }), NOW).states[0]?.text,
    "Transitioning",
    "starting",
  );
});

test("a failure stands first, with the line, the log and what to do", () => {
  const failure = {
    code: "init-failed",
    message: "init() raised RuntimeError.",
    fix: "Mend it.",
    frames: [{ file: "/p/score.py", line: 9, function: "init", text: "    raise RuntimeError" }],
    logLines: ["one", "two"],
    revision: 2,
    during: "",
    content: "",
  };
  const page = serviceContent(service("a", { state: "Failed", failure }), NOW);
  assert.equal(page.sections[0]?.title, "Why It Failed");
  assert.deepEqual(offers(page).slice(0, 3), ["Redeploy", "Start", "Open Log"], "starting it would fail again");
  assert.equal(page.actions[0]?.rank, "first");
  hasLine(page, "! init() raised RuntimeError. Mend it.");
  hasLine(page, "score.py:9 | init | raise RuntimeError");
  hasLine(page, "two");
  const first = serviceContent(service("a", { state: "Failed", failure, revision: 0, revisions: [1] }), NOW);
  hasLine(first, "Revision: 1, not active [Revisions]");
  assert.ok(acts(page.sections[0]).some((act) => act.kind === "file" && act.line === 8));
  const elsewhere = serviceContent(service("a", { state: "Failed", failure }), NOW, "/home/ada/diabetes");
  const toFolder = { kind: "command", command: "scoredock.openServiceFolder", arguments: ["a"] };
  assert.deepEqual(acts(elsewhere.sections[0]).slice(0, 2), [...acts(page.sections[0]).slice(0, 1), toFolder]);
  const refused = serviceContent(service("a", { failure: { ...failure, during: "reload" } }), NOW);
  assert.equal(refused.sections[0]?.title, "Why the Reload Was Refused");
  assert.deepEqual(refused.states[1], { text: "reload refused", tone: "warning" });
});

test("requests that fail are told, with the line", () => {
  const failure = {
    id: "r-1",
    time: NOW - 5,
    message: "run() raised KeyError.",
    frames: [{ file: "/p/score.py", line: 12, function: "run", text: "data['x']" }],
  };
  const failing = service("a", { requests: { answered: 3, failed: 2, failure } });
  const page = serviceContent(failing, NOW);
  assert.deepEqual(page.states[1], { text: "requests fail", tone: "warning" });
  hasLine(page, "Requests: 2 of the last 3 requests failed");
  assert.equal(page.sections[0]?.title, "The Last Request Failed");
  hasLine(page, "! run() raised KeyError.");
  hasLine(page, "score.py:12 | run | data['x']");
});

const ENVIRONMENT: EnvironmentDetails = {
  environment: registered(1, [READY]),
  text: "name: env\n# ```\n",
  language: "yaml",
  folder: "/data/environments/abc",
  packages: [{ name: "numpy", version: "2.1.0", source: "pip", channel: "" }],
  lock: "numpy==2.1.0",
  condaLock: "",
  variables: { A: "1" },
  notes: ["mkl is left out."],
};

test("the page of an environment has what is written, what is built and what is installed", () => {
  const page = environmentContent(ENVIRONMENT, "local", NOW);
  for (const line of [
    "# env:1",
    "Folder: /data/environments/abc",
    "- mkl is left out.",
    "## For Processes",
    "Used by: diabetes",
    "numpy | 2.1.0",
    "## Lock",
    "Variables: A=1",
    "# ```",
  ]) {
    hasLine(page, line);
  }
  assert.doesNotMatch(lines(page).join("\n"), /Conda Lock/);
  assert.equal(page.sections.find(({ title }) => title === "Lock")?.folded, true);
  const conda = environmentContent(
    { ...ENVIRONMENT, packages: [{ name: "ffmpeg", version: "7", source: "conda", channel: "conda-forge" }] },
    "local",
    NOW,
  );
  hasLine(conda, "Name | Version | From | Channel");
});

test("an environment is built first, and what nobody uses can be removed", () => {
  const fresh = environmentContent({ ...ENVIRONMENT, environment: registered(1, []) }, "local", NOW);
  assert.deepEqual(
    fresh.actions.filter(({ rank }) => rank === "first").map(({ label }) => label),
    ["Build"],
  );
  const unused = { ...READY, usedBy: [] };
  assert.ok(
    offers(environmentContent({ ...ENVIRONMENT, environment: registered(1, [unused]) }, "local", NOW)).includes(
      "Remove Build…",
    ),
  );
});

test("the page of an image has its configuration, and why it failed", () => {
  const failed = image(1, { state: "Failed", size: null, message: "It broke.", fix: "Mend it." });
  const page = imageContent(
    {
      image: failed,
      configuration: { execution_script: "score.py" },
      properties: { made: "here" },
      files: ["app/score.py"],
    },
    undefined,
    "local",
    NOW,
  );
  for (const line of [
    "# adder:1",
    "bad: Failed",
    "! It broke. Mend it.",
    "Image: scoredock/local/adder:1",
    "execution_script: score.py",
    "- app/score.py",
    "Properties: (made=here)",
  ]) {
    hasLine(page, line);
  }
  assert.ok(offers(page).includes("Open Build Log"));
  const bare = imageContent({ image: image(1), configuration: {}, properties: {}, files: [] }, undefined, "local", NOW);
  assert.doesNotMatch(lines(bare).join("\n"), /Image Configuration|Files/);
  assert.equal(bare.actions[0]?.label, "Deploy Image…");
});

function layer(more: Partial<ImageLayer> = {}): ImageLayer {
  return {
    diffId: `sha256:${"a".repeat(64)}`,
    digest: `sha256:${"b".repeat(64)}`,
    size: 1000,
    unpackedSize: null,
    holds: "packages",
    instruction: "",
    model: "",
    isRegistered: false,
    sharedWith: [],
    ...more,
  };
}

const IMAGE_DETAILS = { image: image(2), configuration: {}, properties: {}, files: [] };

test("the page of an image has its layers, the base's as one row where there are many", () => {
  const base = [1, 2, 3, 4].map((count) =>
    layer({ holds: "base", size: count * 1000, instruction: `RUN ${count}`, sharedWith: ["a:1", `b:${count}`] }),
  );
  const above = [
    layer({ sharedWith: ["a:1"] }),
    layer({ holds: "model", model: "ridge:3", isRegistered: true }),
    layer({ holds: "code", digest: "" }),
  ];
  const layers = {
    reference: "adder:2",
    digest: "",
    imageId: "",
    platform: "linux/arm64",
    size: 1,
    layers: [...base, ...above],
  };
  const page = imageContent(IMAGE_DETAILS, layers, "local", NOW);
  for (const line of [
    "Platform: linux/arm64",
    "Base, 4 layers | 10.0 kB | a:1 | ",
    "Packages | 1.0 kB | a:1 | sha256:bbbbb…",
    "Model ridge:3 | 1.0 kB |  | sha256:bbbbb…",
    "Code | 1.0 kB |  | sha256:aaaaa…",
  ]) {
    hasLine(page, line);
  }
  const few = imageContent(IMAGE_DETAILS, { ...layers, layers: base.slice(0, 2) }, "local", NOW);
  hasLine(few, "Base RUN 1 | 1.0 kB | a:1 b:1 | sha256:bbbbb…");
  const there = { reference: "r.example.com/adder:2", digest: "", time: NOW };
  const pushed = {
    ...IMAGE_DETAILS,
    image: image(2, { pushes: [there, { ...there, reference: "s.example.com/a:1" }] }),
  };
  hasLine(imageContent(pushed, undefined, "local", NOW), "s.example.com/a:1 |  | just now {2026-11-20 12:00:00}");
});

test("an image whose layers cannot be read says why, and has the rest of its page", async () => {
  const broken = Object.assign(new Error("It is gone."), { data: { code: "image-missing" } });
  const ask = ((method: string) =>
    method === "scoredock/image/show" ? Promise.resolve(IMAGE_DETAILS) : Promise.reject(broken)) as Ask;
  const drawn: PageContent[] = [];
  const page = { kind: "image", id: "adder:2", workspaceId: "local" } as const;
  const draw = await KINDS.read(page, ask, EMPTY, (early) => drawn.push(early(NOW)));
  hasLine(drawn[0] ?? content({ title: "", kind: "" }), "Reading the layers…");
  const text = lines(draw(NOW)).join("\n");
  assert.match(text, /! .*It is gone\./);
  assert.match(text, /Image: scoredock\/local\/adder:2/);
});

test("a comparison of images lists layers and files, and opens texts side by side", () => {
  const one = { path: "/app/score.py", change: "changed", kind: "file", beforeSize: 10, afterSize: 2000 } as const;
  const comparison: ImageComparison = {
    first: "adder:1",
    second: "r.example.com/adder:2",
    same: [layer({ holds: "base" })],
    firstOnly: [layer({ holds: "code" })],
    secondOnly: [],
    files: [
      { ...one, beforeKind: null, isComparable: true },
      { ...one, path: "/a", change: "added", kind: "link", beforeSize: null, beforeKind: "file", isComparable: false },
    ],
    added: 1,
    removed: 0,
    changed: 5000,
    variables: ["TOKEN"],
  };
  const page = imageComparisonContent(comparison, "local");
  for (const line of [
    "plain: 1 added, 0 removed, 5000 changed",
    "Changed | /app/score.py | 10 B | 2.0 kB",
    "Added | /a file → link |  | 2.0 kB",
    "… and 4999 more",
    "(TOKEN)",
  ]) {
    hasLine(page, line);
  }
  const acts = JSON.stringify(page);
  assert.match(acts, /"kind":"imageDifference"/);
  assert.doesNotMatch(acts, /"kind":"image","id":"r\.example/);
  const same = imageComparisonContent({ ...comparison, files: [], added: 0, changed: 0 }, "local");
  hasLine(same, "The files of both images are the same.");
});

test("a run shows its figures, and only what it has", () => {
  const page = runContent(
    {
      store: STORE,
      experiment: { id: "1", name: "trees", runs: 1 },
      run: run("r1", {
        name: "sweep 7",
        error: "out of memory",
        metrics: { rmse: 0.25 },
        params: { alpha: "0.1|0.2" },
        models: ["model"],
      }),
    },
    "local",
    NOW,
  );
  for (const line of [
    "# sweep 7",
    "good: Finished",
    "Error: out of memory",
    "Experiment: trees",
    "rmse | 0.25",
    "alpha | 0.1|0.2",
    "Logged models: model",
    "Duration: 10 min",
  ]) {
    hasLine(page, line);
  }
  assert.doesNotMatch(lines(page).join("\n"), /Parent run|Tags/);
  assert.equal(page.actions[0]?.label, "Register Model…");
});

test("a comparison shows what differs, and opens text files side by side", () => {
  const page = comparisonContent(
    {
      first: "ridge:1",
      second: "ridge:2",
      differences: [
        { what: "tag area", before: "one", after: "", file: "", isText: false },
        { what: "file a.yml", before: "0".repeat(64), after: "1".repeat(64), file: "a.yml", isText: true },
      ],
    },
    "local",
  );
  hasLine(page, "tag area | one | –");
  hasLine(page, "file a.yml | 000000000000… | 111111111111…");
  assert.deepEqual(page.actions[0], {
    label: "Show a.yml Side by Side",
    rank: "first",
    act: { kind: "difference", first: "ridge:1", second: "ridge:2", file: "a.yml", workspaceId: "local" },
  });
  const same = comparisonContent({ first: "ridge:1", second: "ridge:2", differences: [] }, "local");
  assert.match(lines(same).join("\n"), /no differences/);
});

const KEPT: ServiceRevision = {
  revision: 1,
  state: "kept",
  verb: "deploy",
  rolledBackTo: 0,
  created: NOW - 70,
  by: "ada",
  commit: "0123456789abcdef0123456789abcdef01234567",
  branch: "main",
  dirty: true,
  models: ["ridge:3"],
  environment: "numpy",
  engine: "process",
  entryScript: "/home/ada/score.py",
};

test("kept revisions are listed with the way back to each but the current one", () => {
  const current: ServiceRevision = { ...KEPT, revision: 3, state: "current", rolledBackTo: 1, commit: "", branch: "" };
  const failed: ServiceRevision = { ...KEPT, revision: 2, state: "failed", by: "", verb: "" };
  const page = revisionsContent({ name: "diabetes", revisions: [current, failed, KEPT], previous: 1 }, "local", NOW);
  assert.deepEqual(offers(page), ["Roll Back to 1", "Show Details"]);
  const told = lines(page).join("\n");
  assert.match(told, /3 \| current \| .* \| rollback to 1 \| ada \| – \| ridge:3 \| ?$/m);
  assert.match(told, /2 \| failed to start \|/);
  assert.match(told, /1 \| kept \| .* \| deploy \| ada \| 01234567 main with changes .*\[Roll Back\] \[Compare\]/);
  assert.deepEqual(page.actions[0]?.act, {
    kind: "command",
    command: "scoredock.rollBackService",
    arguments: ["diabetes", 1],
  });
  // What is the same in all of them needs no room.
  const alone = lines(revisionsContent({ name: "a", revisions: [current], previous: 0 }, "local", NOW)).join("\n");
  assert.match(alone, /3 \| current \| .* \| rollback to 1 \| \S*ridge:3/);
  const moved = { ...current, engine: "docker" as const };
  const both = lines(revisionsContent({ name: "a", revisions: [moved, KEPT], previous: 1 }, "local", NOW)).join("\n");
  assert.match(both, /Docker/);
  assert.doesNotMatch(both, /score\.py/);
  const renamed = [{ ...current, entryScript: "/home/ada/new.py" }, KEPT];
  const scripts = lines(revisionsContent({ name: "a", revisions: renamed, previous: 1 }, "local", NOW)).join("\n");
  assert.match(scripts, /new\.py.*\n.*score\.py/);
  assert.deepEqual(offers(revisionsContent({ name: "a", revisions: [current], previous: 0 }, "local", NOW)), [
    "Show Details",
  ]);
});

test("a revision of another machine is not kept here, and nothing is compared with it", () => {
  const current: ServiceRevision = { ...KEPT, revision: 2, state: "current", verb: "another machine", created: 0 };
  const rows = lines(revisionsContent({ name: "a", revisions: [current, KEPT], previous: 1 }, "local", NOW)).join("\n");
  assert.match(rows, /2 \| current \| .*another machine/);
  assert.match(rows, /1 \| kept \| .* \[Roll Back\] ?$/m);
});

test("two revisions are compared by kind, with the changed lines of a file", () => {
  const page = revisionComparisonContent(
    {
      name: "diabetes",
      before: 1,
      after: 2,
      differences: [
        { kind: "file", name: "score.py", before: "9 bytes", after: "", diff: "-old" },
        { kind: "model", name: "ridge", before: "1", after: "2", diff: "" },
      ],
    },
    "local",
  );
  const told = lines(page).join("\n");
  assert.match(told, /score\.py \| 9 bytes \| –/);
  assert.match(told, /-old/);
  assert.match(told, /ridge \| 1 \| 2/);
  assert.doesNotMatch(told, /Packages|no differences/);
  const same = revisionComparisonContent({ name: "a", before: 1, after: 2, differences: [] }, "local");
  assert.match(lines(same).join("\n"), /no differences/);
});

const PROFILE: ServiceProfile = {
  name: "diabetes",
  totalQueries: 200,
  successQueries: 199,
  successRate: 99.5,
  averageLatencyInMs: 2.5,
  latencyPercentile50InMs: 2,
  latencyPercentile90InMs: 3,
  latencyPercentile95InMs: 4,
  latencyPercentile99InMs: 5,
  latencyPercentile999InMs: 9,
  measuredQueriesPerSecond: 400,
  maxUtilizedCpu: 0.8,
  maxUtilizedMemoryInGB: 0.2,
  recommendedCpu: 1,
  recommendedMemoryInGB: 0.3,
  error: "1 of 200 requests failed. The first: status 500",
  input: "/home/ada/rows.txt",
  requestedQueriesPerSecond: null,
  skippedQueries: 0,
  generator: { keptUp: true, lagMs: 0, longestLagMs: 0, stalledSeconds: 0, cpu: 0, skipped: 0, note: "" },
};

test("a profile tells every figure with its unit", () => {
  const page = profileContent(PROFILE, "local", NOW - 70, NOW);
  for (const line of [
    "bad: 199 of 200 requests successful",
    "Successful: 199 (99.5%)",
    "99.9% | 9.0 ms",
    "CPU | 0.8 cores | 1 core",
    "Memory | 200 MB | 300 MB",
    "! 1 of 200 requests failed. The first: status 500",
  ]) {
    hasLine(page, line);
  }
});

test("what was not measured is not told", () => {
  const page = profileContent(
    { ...PROFILE, error: "", maxUtilizedCpu: null, recommendedCpu: null, latencyPercentile50InMs: null },
    "local",
    NOW,
    NOW,
  );
  assert.doesNotMatch(lines(page).join("\n"), /CPU \||50%|null/);
});

test("problems of a workspace say what can be done about each", () => {
  const problems = [
    { subject: "ridge:1", message: "A file is gone.", fix: "Bring it back from a copy.", repairable: false },
  ];
  const page = verificationContent("local", "local", { problems, versions: 3, files: 4, bytes: 1500, deep: true });
  hasLine(page, "Every byte was read: 3 versions, 4 files, 1.5 kB.");
  hasLine(page, "ridge:1 | A file is gone. Bring it back from a copy.");
  assert.deepEqual(offers(page), ["Check Files Again…"]);
});

test("a repair tells what was done and what was not", () => {
  const left = { subject: "ridge:1", message: `The file ${"ab".repeat(32)} is gone.`, fix: "", repairable: true };
  const page = repairContent("local", "local", { done: ["Wrote 1 manifest."], left: [left] });
  hasLine(page, "- Wrote 1 manifest.");
  hasLine(page, "ridge:1 | The file abababababab… is gone. (Can be repaired.)");
});

test("a workspace says where it is, and offers to switch to it", () => {
  const page = workspaceContent(workspace({ isActive: false, isDefault: false, readOnly: "Somebody else's." }));
  assert.deepEqual(offers(page), [
    "Use in This Folder",
    "Check Files…",
    "Remove Unused Files",
    "Back Up…",
    "Remove from List…",
  ]);
  hasLine(page, "! Somebody else's.");
  hasLine(page, "Folder: /data/workspaces/local");
});

test("a try shows findings, each request with its answer, and the log", () => {
  const tried: DocumentTried = {
    path: "/p/score.py",
    ok: false,
    summary: "run() failed for 1 of 2 requests.",
    findings: [
      {
        path: "/p/score.py",
        code: "SD951",
        severity: "error",
        message: "run() raised *KeyError*.",
        line: 11,
        character: 4,
        endLine: 11,
        endCharacter: 9,
        fixable: false,
        tag: "",
        cell: 0,
        cellLine: 0,
        cellCharacter: 0,
      },
    ],
    models: ["wheat:3"],
    unregistered: [],
    environment: "conda.yml",
    initMilliseconds: 41.6,
    memoryBytes: 1_500_000,
    requests: [
      {
        origin: "the sample of the script's schema",
        body: '{"data": [1]}',
        status: 200,
        milliseconds: 3.2,
        answer: "```\n[1]",
      },
      { origin: "sample.json", body: "{}", status: 0, milliseconds: 0, answer: "" },
    ],
    miniBatches: [],
    isBatch: false,
    logLines: ["loading", "ready"],
  };
  const page = tryContent(tried, "local", NOW, NOW);
  for (const line of [
    "Import and init(): 42 ms",
    "Models: wheat:3",
    "score.py:12 | run() raised *KeyError*. [SD951]",
    "## Request: sample.json",
    "No response.",
    "Response 200 after 3.2 ms:",
    "```",
    "ready",
  ]) {
    hasLine(page, line);
  }
});

test("a try of a batch script shows its mini-batches with what they returned", () => {
  const tried: DocumentTried = {
    path: "/p/batch_score.py",
    ok: false,
    summary: "1 of 2 mini-batches failed.",
    findings: [],
    models: [],
    unregistered: [],
    environment: "conda.yml",
    initMilliseconds: 41.6,
    memoryBytes: null,
    requests: [],
    miniBatches: [
      {
        name: "in.csv, rows 0 to 1",
        items: 2,
        results: 2,
        milliseconds: 3.2,
        head: "1 0.5\n2 0.7",
        table: [
          ["1", "0.5"],
          ["2", "0.7"],
        ],
        error: "",
      },
      {
        name: "in.csv, rows 2 to 3",
        items: 2,
        results: 0,
        milliseconds: 1,
        head: "",
        table: [],
        error: "KeyError: 'id'",
      },
    ],
    isBatch: true,
    logLines: [],
  };
  const page = tryContent(tried, "local", NOW, NOW);
  assert.equal(page.kind, "Trial run of a batch script");
  assert.deepEqual(
    page.actions.map(({ label }) => label),
    ["Try Again", "Score in Batch…"],
  );
  hasLine(page, "in.csv, rows 0 to 1 | 2 | 2 | 3.2 ms | ");
  hasLine(page, "2 | 0.7");
  hasLine(page, "in.csv, rows 2 to 3 | 2 |  |  | KeyError: 'id'");
});

test("a thing that is gone says so, with the way to the others", () => {
  const it = { kind: "service", name: "diabetes", workspaceId: "local" } as const;
  const page = gonePage(KINDS.titleOf(it), KINDS.of(it).gone(it));
  hasLine(page, "! The service diabetes was deleted. Registered models are kept.");
  assert.deepEqual(
    page.notices[0]?.actions.map(({ label }) => label),
    ["Show Services", "Close"],
  );
  assert.ok(KINDS.isGone({ ...failureOf(new Error("x")), code: "run-not-found" }));
});

test("what could not be read says why, and can be tried again", () => {
  const failure = failureOf({
    message: "No.",
    data: { code: "x", fix: "Do it.", remedies: [], place: null, details: {} },
  });
  const page = failurePage("ridge:1", failure);
  hasLine(page, "! No. Do it.");
  assert.deepEqual(
    page.notices[0]?.actions.map(({ label }) => label),
    ["Try Again", "Close"],
  );
});

test("a service is read from what is pushed, and asked for when it is not there", async () => {
  const seen: string[] = [];
  const ask = ((method: string) => {
    seen.push(method);
    return Promise.resolve(service("diabetes", { state: "Stopped" }));
  }) as unknown as Ask;
  const page = { kind: "service", name: "diabetes", workspaceId: "local" } as const;
  const draw = await KINDS.read(page, ask, listed({ services: [service("diabetes")] }));
  assert.equal(draw(NOW).states[0]?.text, "Healthy");
  assert.deepEqual(seen, []);
  assert.equal((await KINDS.read(page, ask, EMPTY))(NOW).states[0]?.text, "Stopped");
  assert.deepEqual(seen, ["scoredock/service/show"]);
});

test("pages follow what they show, and are the same for the same thing", () => {
  const page = { kind: "model", id: "ridge:1", workspaceId: "local" } as const;
  assert.ok(KINDS.follows(page, "models"));
  assert.ok(!KINDS.follows(page, "services"));
  assert.ok(KINDS.follows({ kind: "service", name: "a", workspaceId: "local" }, "services"));
  assert.notEqual(KINDS.keyOf(page), KINDS.keyOf({ ...page, workspaceId: "other" }));
  const [first, second] = [PROFILE, { ...PROFILE, totalQueries: 1 }].map((profile) =>
    KINDS.keyOf({ kind: "profile", profile, measured: NOW, workspaceId: "local" }),
  );
  assert.equal(first, second);
  assert.equal(KINDS.titleOf({ kind: "comparison", first: "a:1", second: "a:2", workspaceId: "" }), "a:1 and a:2");
});

test("what an editor hands back from another release is not a page", () => {
  assert.ok(KINDS.isPageRef({ kind: "model", id: "ridge:1", workspaceId: "" }));
  for (const other of [undefined, null, "model", {}, { kind: "chart" }]) {
    assert.ok(!KINDS.isPageRef(other));
  }
});

test("no text from outside leaves its place in the frame", () => {
  const html = frame({
    nonce: "n",
    script: "show('</script>')",
    style: "body {}",
    language: "en",
    state: { page: { kind: "model", id: "</script><img src=x>", workspaceId: "" }, scroll: 0, opened: [] },
    title: "<img src=x>",
    texts: { loading: "", actions: "", more: "", copy: "", copied: "" },
  });
  assert.doesNotMatch(html, /<img/);
  assert.match(html, /default-src 'none'; style-src 'nonce-n'; script-src 'nonce-n';/);
  assert.match(html, /<style nonce="n">body {}<\/style>/);
  assert.ok(html.includes(`<script nonce="n">show('\\x3c/script>')</script>`), "a script does not end itself");
});

test("a page has only what was given", () => {
  assert.deepEqual(content({ title: "a", kind: "b" }).sections, []);
});

test("a service in a cluster has its replicas as a table, and what is the matter with them", () => {
  const ready = {
    name: "a-6b77-aaaaa",
    node: "node1",
    revision: 2,
    state: "Running",
    ready: true,
    restarts: 0,
    started: 0,
    reason: "",
    cpuPercent: 2,
    memoryBytes: 20_000_000,
    code: "",
  };
  const waiting = { ...ready, name: "a-6b77-bbbbb", node: "", state: "Pending", ready: false, memoryBytes: null };
  const replicas = [ready, { ...waiting, reason: "No node has 64 cores free." }];
  const environment = `plain (${"0123456789abcdef".repeat(4)})`;
  const more = { compute: "aks-prod", namespace: "models", environment, replicas };
  const page = serviceContent(service("a", { engine: "kubernetes", ...more }), NOW);
  hasLine(page, "Compute target: aks-prod");
  hasLine(page, "Namespace: models");
  hasLine(page, "Environment: plain (0123456789abcdef…)");
  hasLine(page, "6b77-bbbbb: No node has 64 cores free.");
  assert.match(lines(page).join("\n"), /6b77-aaaaa.*node1.*ready.*20\.0 MB/);
  assert.deepEqual(
    offers(page).filter((label) => ["Debug", "Reload Files"].includes(label)),
    [],
  );
});

test("a service whose cluster does not answer is grey", () => {
  const words = ["Unhealthy", "its cluster does not answer"];
  const status = { words, text: words.join(", "), look: "plain", failing: true } as const;
  assert.equal(stateIcon({ state: "Unhealthy", status }).color, "disabledForeground");
});
