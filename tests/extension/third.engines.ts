/** An engine that is a row of the table and nothing else: rows, menus and pages have it. */
import assert from "node:assert/strict";
import test from "node:test";

import { endpointContent } from "../../extension/pages/endpointContent";
import { serviceContent } from "../../extension/pages/serviceContent";
import { engineKind, engineKinds } from "../../extension/text/engines";
import { serviceFlags, serviceNodes } from "../../extension/views/serviceNodes";
import { endpoint, listed, NOW, service, version } from "./records";

const OURS = service("diabetes", { engine: "third" });

test("it is offered where one chooses an engine, behind the others", () => {
  assert.deepEqual(
    engineKinds().map(({ choice }) => choice),
    [
      "Process on This Machine",
      "Docker Container on This Machine",
      "Kubernetes Cluster",
      "Docker on Another Machine",
      "Third Place",
    ],
  );
  assert.equal(engineKind("third").needsDocker, false);
});

test("the row of a service names it, and a screen reader says it", () => {
  const [node] = serviceNodes(listed({ services: [OURS] }));
  assert.equal(node?.description, "Healthy · Third · :6789");
  const detail = node.children?.().find(({ label }) => label === "Third place");
  assert.ok(detail?.spoken.startsWith("Runs in a third place"));
  assert.deepEqual(detail?.icon, { id: "globe" });
});

test("what it cannot do is on no menu of its services", () => {
  const flags = serviceFlags(OURS).split(" ");
  assert.ok(flags.includes("restartable"));
  assert.deepEqual(
    flags.filter((flag) => flag.startsWith("can-")),
    [],
  );
  assert.ok(serviceFlags(service("churn")).split(" ").includes("can-debug"));
});

test("the pages of a service and of an endpoint name it", () => {
  assert.ok(JSON.stringify(serviceContent(OURS, NOW)).includes('"Third"'));
  const page = endpointContent(endpoint([version("blue", { engine: "third" })]), [], NOW);
  assert.ok(JSON.stringify(page).includes('"Third"'));
});
