/** Verbs of a compute target: what is done with one that is attached. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { confirm, requireTrust, showInformation, showWarning } from "../../editor/notifications";
import type { Compute, ComputeFinding } from "../../protocol";
import { failureOf } from "../../text/errors";
import { detailNames } from "../../text/errors";
import { onThing } from "../interaction/onThing";
import { longRequest, requestInView } from "../interaction/progress";
import { here, subjectOf } from "../interaction/target";
import { computePlace } from "../../views/computeNodes";
import { joinWords } from "../../text/joinWords";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

/** Looks at the clusters once more. */
export async function refreshCompute(app: App): Promise<void> {
  await app.lists.again(({ kind }) => kind === "computes");
}

/** The one of the row or of a button's name; else the only one, or what the person picks. */
export async function computeOf(app: App, argument: unknown, title: string): Promise<Compute | undefined> {
  const subject = subjectOf(argument);
  if (subject?.kind === "compute") {
    return subject.compute;
  }
  const { targets } = await app.session.request("scoredock/compute/list", { ask: false, ...here(app) });
  const named = targets.find(({ name }) => name === argument);
  if (named !== undefined) {
    return named;
  }
  const [first, ...others] = targets;
  if (first === undefined) {
    showInformation(l10n.t("No cluster is attached to this workspace."), [
      { title: l10n.t("Attach…"), act: () => vscode.commands.executeCommand("scoredock.attachCompute") },
    ]);
    return undefined;
  }
  if (others.length === 0) {
    return first;
  }
  const items = targets.map((compute) => ({
    label: compute.name,
    description: computePlace(compute),
    compute,
  }));
  return (await showQuickPick(items, { title, placeHolder: l10n.t("Compute target") }))?.compute;
}

function moreText(count: number): string {
  if (count < 1) {
    return "";
  }
  return count === 1 ? l10n.t("1 more is missing.") : l10n.t("{0} more are missing.", count);
}

const SIGNS: Readonly<Record<ComputeFinding["state"], string>> = { good: "✓", missing: "✗", note: "•" };

function reportOf(compute: Compute, findings: readonly ComputeFinding[]): string {
  const lines = findings.flatMap(({ what, state, detail, fix }) => [
    `${SIGNS[state]} ${what}: ${detail}`,
    ...(state === "good" || fix === "" ? [] : [`  ${fix}`]),
  ]);
  const { name, kind, address, context, namespace } = compute;
  const head =
    kind === "kubernetes"
      ? l10n.t("{0}: namespace {1} of the context {2}", name, namespace, context)
      : kind === "ray"
        ? l10n.t("{0}: Ray cluster at {1}", name, address)
        : l10n.t("{0}: Docker at {1}", name, address);
  return [head, "", ...lines, ""].join("\n");
}

/** Looks at all that services need there, and says what it comes to behind what came `before`. */
export async function checkTarget(app: App, { name }: Compute, before = ""): Promise<void> {
  const title = l10n.t("Checking {0}", name);
  const checked = await longRequest(app, title, "scoredock/compute/check", { name, ...here(app) });
  await refreshCompute(app);
  const report = {
    title: l10n.t("Show Report"),
    act: () => app.details.showText(`${name}.txt`, reportOf(checked.compute, checked.findings), "plaintext"),
  };
  if (checked.complete) {
    const all =
      checked.compute.kind === "ray"
        ? l10n.t("{0} has all that batch jobs need.", name)
        : l10n.t("{0} has all that services need.", name);
    showInformation(joinWords([before, all], " "), [report]);
    return;
  }
  const missing = checked.findings.filter(({ state }) => state === "missing");
  const first = missing[0];
  const what = first === undefined ? "" : `${first.what}: ${first.detail.replace(/\.$/, "")}.`;
  const more = moreText(missing.length - 1);
  const copy =
    checked.compute.missing.length > 0 ? [{ title: l10n.t("Copy Role"), act: () => copyRole(app, name) }] : [];
  showWarning(joinWords([before, `${name}: ${what}`, more], " "), [report, ...copy]);
}

export const checkCompute = onThing(
  (app, argument) => computeOf(app, argument, l10n.t("Check Compute Target")),
  async (app, compute) => {
    requireTrust();
    await checkTarget(app, compute);
  },
);

async function copyRole(app: App, name: string): Promise<void> {
  const { text } = await app.session.request("scoredock/compute/role", { name, ...here(app) });
  await vscode.env.clipboard.writeText(text);
  showInformation(l10n.t("The Role for {0} was copied; apply it with kubectl apply.", name));
}

export const copyComputeRole = onThing(
  (app, argument) => computeOf(app, argument, l10n.t("Copy Role")),
  (app, { name }) => copyRole(app, name),
);

export const detachCompute = onThing(
  (app, argument) => computeOf(app, argument, l10n.t("Detach Compute Target")),
  async (app, { name }) => {
    const detail = l10n.t("Nothing is changed in the cluster. This machine then stands for the name.");
    if (!(await confirm(l10n.t("Detach {0}?", name), detail, l10n.t("Detach")))) {
      return;
    }
    try {
      await requestInView(app, "workspaces", "scoredock/compute/detach", { name, ...here(app) });
    } catch (error) {
      const failure = failureOf(error);
      const services = detailNames(failure.details, "services");
      if (failure.code !== "compute-in-use") {
        throw error;
      }
      const text = l10n.t(
        "{0} run there. They go on without Scoredock, which cannot show or stop them then.",
        services.join(", "),
      );
      if (!(await confirm(l10n.t("Detach {0} all the same?", name), text, l10n.t("Detach")))) {
        return;
      }
      await requestInView(app, "workspaces", "scoredock/compute/detach", { name, force: true, ...here(app) });
    }
    await refreshCompute(app);
  },
);
