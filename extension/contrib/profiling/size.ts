/** Finds the smallest size of a service by measuring, and writes it where the next deployment reads it. */
import * as vscode from "vscode";

import { commandButton, showInformation } from "../../editor/notifications";
import { openOrOffer, withPresence } from "../../editor/presence";
import type { ServiceSize, UsedSize } from "../../protocol";
import type { App } from "../../app";
import { engineKind } from "../../text/engines";
import { onService } from "../../commands/interaction/onThing";
import { longRequest } from "../../commands/interaction/progress";
import { fieldStep, runWizard, type WizardStep } from "../../commands/interaction/wizard";
import { bodies } from "./profile";

const { l10n } = vscode;

interface Wish {
  readonly rate: string;
  readonly latency: string;
  readonly percentile: string;
  readonly engine: string;
  readonly mostCpu: string;
  readonly mostMemory: string;
}

/** The largest size is what v1 takes. */
const USUAL = { rate: "20", latency: "100", percentile: "95", mostCpu: "3.5", mostMemory: "15" };

function numberWithin(least: number, most: number): (text: string) => string | undefined {
  return (text) => {
    const value = Number(text.trim().replace(",", "."));
    return text.trim() !== "" && value >= least && value <= most
      ? undefined
      : l10n.t("Enter a number from {0} to {1}.", least, most);
  };
}

const STEPS: readonly WizardStep<Wish>[] = [
  fieldStep<Wish>("rate", () => l10n.t("Requests per second that the service has to hold"), numberWithin(0.1, 10_000)),
  fieldStep<Wish>("latency", () => l10n.t("Milliseconds that a request may take"), numberWithin(1, 60_000)),
  fieldStep<Wish>(
    "percentile",
    () => l10n.t("Per cent of the requests that have to be as quick"),
    numberWithin(50, 99.9),
  ),
  // Only a machine says by itself what it has.
  ...(
    [
      ["mostCpu", () => l10n.t("The most cores that a pod may get"), 3.5],
      ["mostMemory", () => l10n.t("The most memory that a pod may get, in GB"), 15],
    ] as const
  ).map(([field, prompt, most]) => ({
    ...fieldStep<Wish>(field, prompt, numberWithin(0.1, most)),
    when: ({ engine }: Wish): boolean => engineKind(engine).inCluster,
  })),
];

function numberOf(text: string): number {
  return Number(text.trim().replace(",", "."));
}

export const findServiceSize = onService({ title: l10n.t("Find Size"), flag: "answering" }, async (app, service) => {
  const { name, workspaceId } = service;
  const title = l10n.t("Size of {0}", name);
  const rows = await bodies(app, title, l10n.t("Choose what is sent"));
  const start = { ...USUAL, engine: service.engine };
  const wish =
    rows === undefined ? undefined : await runWizard({ title, finish: l10n.t("Search"), steps: STEPS }, start);
  if (rows === undefined || wish === undefined) {
    return;
  }
  const params = {
    ...{ name, workspaceId, rows },
    latencyMs: numberOf(wish.latency),
    rate: numberOf(wish.rate),
    percentile: numberOf(wish.percentile),
    ...(engineKind(service.engine).inCluster
      ? { mostCpu: numberOf(wish.mostCpu), mostMemoryInGB: numberOf(wish.mostMemory) }
      : {}),
  };
  const { result: report, isElsewhere } = await withPresence(() =>
    longRequest(app, l10n.t("Searching the size of {0}", name), "scoredock/service/findSize", params),
  );
  const page = { kind: "size", report, measured: Date.now() / 1000, workspaceId } as const;
  openOrOffer(isElsewhere, l10n.t("The search for the size of {0} has ended.", name), () => app.pages.open(page));
});

interface SizeToUse {
  readonly name: string;
  readonly workspaceId: string;
  readonly size: ServiceSize;
}

/** Writes the text as one edit that can be undone, and shows it. */
async function writeConfiguration({ path, text }: UsedSize): Promise<void> {
  const document = await vscode.workspace.openTextDocument(path);
  const edit = new vscode.WorkspaceEdit();
  const end = document.positionAt(document.getText().length);
  edit.replace(document.uri, new vscode.Range(document.positionAt(0), end), text);
  await vscode.workspace.applyEdit(edit);
  await document.save();
  await vscode.window.showTextDocument(document);
}

/** Run from the page of a search only, which hands over the size. */
export async function useServiceSize(app: App, argument?: unknown): Promise<void> {
  const { name, workspaceId, size } = argument as SizeToUse;
  const params = { name, workspaceId, cpu: size.cpu, memoryInGB: size.memoryInGB, write: false };
  const used = await app.session.request("scoredock/service/useSize", params);
  const update = commandButton(l10n.t("Update"), "scoredock.updateService", name);
  if (used.path !== "") {
    await writeConfiguration(used);
    showInformation(l10n.t("The next update of {0} gets this size.", name), [update]);
  } else {
    const sentence = l10n.t("The size is a default of {0} now. The next update of {1} gets it.", used.model, name);
    showInformation(sentence, [update]);
  }
}
