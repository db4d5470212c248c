import assert from "node:assert/strict";
import { test } from "node:test";

import { plain } from "../../extension/text/markdown";
import { computeNodes } from "../../extension/views/computeNodes";
import { card, type Node } from "../../extension/views/node";
import { serviceFlags, serviceNodes } from "../../extension/views/serviceNodes";
import { workspaceNodes } from "../../extension/views/workspaceNodes";
import { listed, service, workspace } from "./records";

const FAILURE = {
  code: "service-crashed",
  message: "It ended.",
  fix: "",
  frames: [],
  logLines: [],
  revision: 2,
  during: "",
  content: "",
};

function row(node: Node): string {
  return [node.label, node.description].filter((part) => part !== "").join(" | ");
}

function rows(nodes: readonly Node[]): string[] {
  return nodes.map(row);
}

function everything(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [node, ...everything(node.children?.() ?? [])]);
}

test("a service shows state, engine and port, and below it what one wants to know", () => {
  const [node] = serviceNodes(
    listed({ services: [service("diabetes", { memoryBytes: 212_000_000, cpuPercent: 1.4 })] }),
  );
  assert.equal(node === undefined ? "" : row(node), "diabetes | Healthy · process · :6789");
  assert.deepEqual(rows(node?.children?.() ?? []), [
    "ridge:3",
    "http://127.0.0.1:6789/score",
    "swagger.json",
    "score.py",
    "diabetes-env | 01234567",
    "Revisions | 2 (active), 1",
    "212 MB | 1% CPU",
  ]);
});

test("the revision that serves is named also where another machine made it", () => {
  const [node] = serviceNodes(listed({ services: [service("diabetes", { revision: 3 })] }));
  assert.ok(rows(node?.children?.() ?? []).includes("Revisions | 3 (active), 2, 1"));
});

test("a service in a container says so, and what it takes", () => {
  const [node] = serviceNodes(
    listed({ services: [service("diabetes", { engine: "docker", memoryBytes: 96_000_000, cpuPercent: 0 })] }),
  );
  assert.equal(node?.description, "Healthy · Docker · :6789");
  assert.ok(rows(node.children?.() ?? []).includes("Docker container"));
  assert.ok(rows(node.children?.() ?? []).includes("96.0 MB | 0% CPU"));
});

test("a service on its way shows the phase", () => {
  const [node] = serviceNodes(
    listed({ services: [service("diabetes", { state: "Transitioning", phase: "environment", port: null })] }),
  );
  assert.equal(node?.description, "Transitioning · environment · process");
});

test("a failure comes first, is open, and leads to the newest frame", () => {
  const failure = {
    code: "init-failed",
    message: "init() raised FileNotFoundError.",
    fix: "Fix line 9.",
    frames: [
      { file: "/p/helper.py", line: 3, function: "load", text: "open(x)" },
      { file: "/p/score.py", line: 9, function: "init", text: "    load()" },
    ],
    logLines: ["Traceback"],
    revision: 0,
    content: "",
    during: "",
  };
  const [node] = serviceNodes(listed({ services: [service("diabetes", { state: "Failed", failure })] }));
  const first = node?.children?.()[0];
  assert.equal(node?.open, true);
  assert.equal(first?.label, "init() raised FileNotFoundError.");
  assert.deepEqual(first.click, { kind: "open", path: "/p/score.py", line: 8 });
  assert.deepEqual(rows(first.children?.() ?? []), ["helper.py:3 | open(x)", "score.py:9 | load()"]);
});

test("a service says that its newest files were refused, and why; that they were taken it says in passing", () => {
  const failure = {
    code: "init-failed",
    message: "init() failed.",
    fix: "Fix it and save.",
    frames: [],
    logLines: [],
    revision: 0,
    content: "",
    during: "reload",
  };
  const [refused] = serviceNodes(listed({ services: [service("diabetes", { failure })] }));
  assert.equal(refused?.description, "Healthy · reload refused · process · :6789");
  assert.equal(refused.open, true);
  assert.equal(refused.children?.()[0]?.label, "init() failed.");
  const [updated] = serviceNodes(
    listed({ services: [service("diabetes", { failure: { ...failure, during: "update" } })] }),
  );
  assert.equal(updated?.description, "Healthy · update refused · process · :6789");
  const [reloaded] = serviceNodes(listed({ services: [service("diabetes", { reloaded: 1_700_000_000 })] }));
  assert.match(reloaded?.description ?? "", /^Healthy · reloaded \d\d:\d\d:\d\d · process · :6789$/);
  assert.equal(reloaded?.open, false);
});

for (const [state, flags] of [
  ["Healthy", "service can-debug can-reload healthy answering addressed stoppable restartable returnable"],
  ["Transitioning", "service can-debug can-reload transitioning addressed stoppable returnable"],
  ["Stopped", "service can-debug can-reload stopped addressed startable returnable"],
  ["Failed", "service can-debug can-reload failed addressed startable returnable"],
] as const) {
  test(`the menus of a service that is ${state}`, () => {
    assert.equal(serviceFlags(service("diabetes", { state })), flags);
  });
}

test("of services in a cluster those for development reload, and their rows name the code", () => {
  const inCluster = service("prices", { engine: "kubernetes", compute: "aks" });
  assert.doesNotMatch(serviceFlags(inCluster), /can-(debug|reload)/);
  const developed = { ...inCluster, code: "0123456789ab" };
  assert.match(serviceFlags(developed), /^service can-reload can-export healthy/);
  const [node] = serviceNodes(listed({ services: [developed] }));
  assert.equal(node?.description, "Healthy · code 0123456789ab · Kubernetes · aks · :6789");
  assert.match(node.tooltip, /0123456789ab/);
});

test("a service in a cluster that others do not reach yet has a row that says so", () => {
  const addressNote = "The Ingress for prices.models.example.com has no address yet.";
  const [node] = serviceNodes(listed({ services: [service("prices", { engine: "kubernetes", addressNote })] }));
  const row = node?.children?.().find((each) => each.label === "Not reached from outside yet");
  assert.equal(row?.tooltip, addressNote);
  assert.match(node?.tooltip ?? "", /has no address yet/);
});

test("a service whose address changed says so in its row, below it and in its tooltip", () => {
  const [before] = serviceNodes(listed({ services: [service("prices")] }));
  assert.equal(before?.description, "Healthy · process · :6789");
  const moved = service("prices", { formerScoringUri: "http://127.0.0.1:5001/score" });
  const [node] = serviceNodes(listed({ services: [moved] }));
  assert.equal(node?.description, "Healthy · process · address changed · :6789");
  const sentence = `The address changed from http://127.0.0.1:5001/score to ${moved.scoringUri}`;
  assert.equal(node.children?.().find((each) => each.label === "Address changed")?.tooltip, sentence);
  assert.match(node.tooltip, /The address changed from/);
});

test("the tooltip of a service in a cluster names its namespace and each node once", () => {
  const pod = {
    revision: 1,
    state: "Running",
    ready: true,
    restarts: 0,
    started: 0,
    reason: "",
    cpuPercent: null,
    memoryBytes: null,
    code: "",
  };
  const places = ["node2", "node1", "node2", ""];
  const replicas = places.map((node, index) => ({ ...pod, name: `prices-${index}`, node }));
  const inCluster = service("prices", { engine: "kubernetes", compute: "aks", namespace: "models", replicas });
  const tooltip = serviceNodes(listed({ services: [inCluster] }))[0]?.tooltip ?? "";
  assert.match(tooltip, /Namespace:\W* models/);
  assert.match(tooltip, /Nodes:\W* node1, node2\W/);
});

test("the environment of an image is a row with the first digits of its key", () => {
  const inCluster = service("prices", { environment: `plain (${"0123456789abcdef".repeat(4)})` });
  const [node] = serviceNodes(listed({ services: [inCluster] }));
  const row = node?.children?.().find(({ label }) => label === "plain");
  assert.equal(row?.description, "01234567");
});

test("a service that failed in another folder leads there", () => {
  const failed = service("diabetes", { state: "Failed", failure: FAILURE });
  const shown = (folders: readonly string[], home = "/home/ada/.local/share/scoredock"): readonly string[] => {
    const state = { ...listed({ services: [failed] }), folders, home };
    const [node] = serviceNodes(state);
    return [node?.flags.split(" ").at(-1) ?? "", node?.children?.()[1]?.label ?? ""];
  };
  assert.deepEqual(shown(["/home/ada/wheat"]), ["elsewhere", "In another folder: diabetes"]);
  assert.deepEqual(shown(["/home/ada/wheat", "/home/ada/diabetes"]), ["returnable", "ridge:3"]);
  assert.deepEqual(shown(["/home/ada"]), ["returnable", "ridge:3"]);
  assert.deepEqual(shown(["/home/ada/diabet"]), ["elsewhere", "In another folder: diabetes"]);
  assert.deepEqual(shown([], "/home/ada/diabetes"), ["returnable", "ridge:3"], "a script that was made for a model");
});

test("a service goes back where an earlier revision is kept", () => {
  assert.doesNotMatch(serviceFlags(service("diabetes", { revision: 1, revisions: [1] })), /returnable/);
  assert.doesNotMatch(serviceFlags(service("diabetes", { revision: 1, revisions: [1, 2] })), /returnable/);
});

test("a service that takes keys offers them, one that takes tokens offers those", () => {
  assert.equal(
    serviceFlags(service("diabetes", { authentication: "keys" })),
    "service can-debug can-reload healthy answering addressed stoppable restartable keyed returnable",
  );
  assert.equal(
    serviceFlags(service("diabetes", { authentication: "tokens" })),
    "service can-debug can-reload healthy answering addressed stoppable restartable tokened returnable",
  );
  const [node] = serviceNodes(listed({ services: [service("diabetes", { authentication: "keys" })] }));
  assert.ok(rows(node?.children?.() ?? []).includes("Callers must send a key"));
});

test("workspaces and offers", () => {
  const state = {
    ...listed({
      workspaces: [
        workspace({ readOnly: "written by a newer Scoredock" }),
        workspace({
          id: "team",
          name: "team",
          isActive: false,
          isDefault: false,
          subscriptionId: "s",
          resourceGroup: "rg",
        }),
      ],
    }),
    offers: [
      { configPath: "/p/.azureml/config.json", workspaceName: "contoso", subscriptionId: "s", resourceGroup: "g" },
    ],
  };
  const nodes = workspaceNodes(state, () => []);
  assert.deepEqual(rows(nodes), ["local | active · read-only", "team | rg", "contoso | not connected", "Compute"]);
  assert.deepEqual(
    nodes.map((node) => node.flags),
    ["workspace active default", "workspace azure", "offer", "computes"],
  );
});

test("a row opens the page of what it stands for", () => {
  const state = listed({ services: [service("one")] });
  assert.deepEqual(
    [...workspaceNodes(state, () => []), ...serviceNodes(state)].map(({ click }) =>
      click?.kind === "run" ? click.command : "",
    ),
    ["scoredock.showWorkspace", "", "scoredock.showService"],
  );
});

test("every row has its own id and something to say to a screen reader", () => {
  const state = listed({ services: [service("one"), service("two", { models: ["ridge:1", "ridge:2"] })] });
  for (const nodes of [workspaceNodes(state, () => []), serviceNodes(state)]) {
    const all = everything(nodes);
    assert.equal(new Set(all.map((node) => node.id)).size, all.length);
    assert.ok(all.every((node) => node.spoken !== ""));
  }
});

test("text from outside cannot become markdown", () => {
  assert.equal(plain("[x](command:y) *b* `c` <img>"), "\\[x\\]\\(command:y\\) \\*b\\* \\`c\\` \\<img\\>");
  assert.equal(
    card("t", [
      ["empty", ""],
      ["a", "b"],
    ]),
    "**t**  \na: b",
  );
  const forged = card("t", [["Receiver", "curl a\nAll fine: yes"]]);
  assert.ok(!forged.split("\n").includes("All fine: yes"), "a line of a value is not a row of the card");
});

test("a service whose requests fail is not a plain green tick, and shows the last one with its line", () => {
  const frames = [{ file: "/p/score.py", line: 9, function: "run", text: "sum(x)" }];
  const failure = { id: "1", time: 1_700_000_000, message: "TypeError: no", frames };
  const [failing] = serviceNodes(
    listed({ services: [service("diabetes", { requests: { answered: 20, failed: 3, failure } })] }),
  );
  assert.equal(failing?.description, "Healthy · requests fail · process · :6789");
  assert.ok(failing.tooltip.includes("3 of the last 20 requests failed"), failing.tooltip);
  assert.deepEqual(failing.icon, { id: "warning", color: "problemsWarningIcon.foreground" });
  const [first] = failing.children?.() ?? [];
  assert.equal(first === undefined ? "" : row(first), "TypeError: no | score.py:9");
  assert.deepEqual(first?.click, { kind: "open", path: "/p/score.py", line: 8 });

  const [recovered] = serviceNodes(
    listed({ services: [service("diabetes", { requests: { answered: 20, failed: 3, failure: null } })] }),
  );
  assert.deepEqual(recovered?.icon, { id: "pass-filled", color: "problemsWarningIcon.foreground" });
  const [well] = serviceNodes(listed({ services: [service("diabetes")] }));
  assert.deepEqual(well?.icon, { id: "pass-filled", color: "testing.iconPassed" });
});

test("an address of the web stays one link, and nothing else becomes one", () => {
  const address = "https://scikit-learn.org/stable/model_persistence.html#security-maintainability";
  assert.equal(plain(`refer to (${address}).`), `refer to \\(<${address}>\\)\\.`);
  assert.equal(plain("http://a.b/c|d"), "<http://a.b/c>\\|d");
  assert.equal(plain("https:// ftp://a.b command:x"), "https:// ftp://a\\.b command:x");
  assert.equal(plain("<https://a.b>"), "\\<<https://a.b>\\>");
});

test("a Ray cluster among the compute targets is shown by its address, and has no namespace", () => {
  const compute = {
    name: "ray",
    context: "",
    namespace: "",
    kubeconfig: "",
    repository: "",
    pullSecret: "",
    expose: "none" as const,
    services: [],
    state: "silent" as const,
    version: "",
    missing: [],
    reason: "It does not answer.",
    fix: "",
    host: "",
    ingressClass: "",
    tlsSecret: "",
    gateway: "",
    kind: "ray" as const,
    address: "http://127.0.0.1:8265",
    relayPort: 0,
    python: "",
    nodes: 0,
    cores: 0,
  };
  const page = { rows: [{ kind: "compute" as const, compute }], left: 0, next: "", problem: "" };
  const [node] = computeNodes({ kind: "computes", workspaceId: "local" }, page);
  assert.equal(node === undefined ? "" : row(node), "ray | does not answer · http://127.0.0.1:8265");
  assert.equal(node?.flags, "rayCompute");
  assert.ok(!plain(node.tooltip).includes("Namespace"));
  assert.ok(!plain(node.tooltip).includes("Nodes"), "nobody knows how many");

  const ready = {
    ...compute,
    state: "ready" as const,
    version: "2.60.0",
    python: "3.11.7",
    nodes: 2,
    cores: 8,
    reason: "",
  };
  const [other] = computeNodes(
    { kind: "computes", workspaceId: "local" },
    { ...page, rows: [{ kind: "compute", compute: ready }] },
  );
  assert.equal(other === undefined ? "" : row(other), "ray | http://127.0.0.1:8265");
  const tooltip = plain(other?.tooltip ?? "");
  for (const part of ["Ray Version: ", "Nodes: 2", "Processors: 8"]) {
    assert.ok(tooltip.includes(part), tooltip);
  }
});
