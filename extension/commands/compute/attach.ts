/** A namespace of a Kubernetes cluster gets a name. What its context would run is shown before it is used. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { confirm, requireTrust, showInformation, showWarning } from "../../editor/notifications";
import type { KubernetesContext } from "../../protocol";
import { joinWords } from "../../text/joinWords";
import { isName, nameFault } from "../../text/names";
import { computeText } from "../../views/computeNodes";
import { openFileDialog } from "../interaction/fileDialog";
import { longRequest } from "../interaction/progress";
import { here } from "../interaction/target";
import { fieldStep, runWizard } from "../interaction/wizard";
import { checkCompute, refreshCompute } from "./compute";

const { l10n } = vscode;
const LONGEST_NAME = 16;

interface Answers {
  readonly name: string;
  readonly namespace: string;
  readonly repository: string;
  readonly pullSecret: string;
}

interface ChosenContext {
  readonly context: KubernetesContext;
  /** Empty for the files that kubectl reads. */
  readonly kubeconfig: string;
}

function itemOf(
  context: KubernetesContext,
  kubeconfig: string,
): vscode.QuickPickItem & { readonly chosen: ChosenContext } {
  const { name, server, program, file } = context;
  return {
    label: name,
    description: server,
    detail: joinWords([program === "" ? "" : l10n.t("runs {0} to sign in", program), file]),
    chosen: { context, kubeconfig },
  };
}

/** Reading a file runs nothing. */
async function chooseContext(app: App, kubeconfig: string): Promise<ChosenContext | undefined> {
  const title = l10n.t("Attach Kubernetes Cluster");
  let problem = "";
  const contexts = await app.session.request("scoredock/compute/contexts", { kubeconfig }).then(
    (result) => result.contexts,
    (error: unknown) => {
      problem = error instanceof Error ? error.message : String(error);
      return [];
    },
  );
  const other = {
    label: l10n.t("Another Kubeconfig File…"),
    alwaysShow: true,
    iconPath: new vscode.ThemeIcon("folder-opened"),
  };
  const picked = await vscode.window.showQuickPick([...contexts.map((each) => itemOf(each, kubeconfig)), other], {
    title,
    placeHolder: problem === "" ? l10n.t("Context of the cluster; your current context stays as it is") : problem,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  if (picked === undefined) {
    return undefined;
  }
  if ("chosen" in picked) {
    return picked.chosen;
  }
  const file = await openFileDialog(l10n.t("Kubeconfig File"), { [l10n.t("All Files")]: ["*"] });
  return file === undefined ? undefined : chooseContext(app, file);
}

/** A program that a file names runs on this machine, with the rights of the person. */
async function mayRun({ name, program, file }: KubernetesContext): Promise<boolean> {
  return (
    program === "" ||
    confirm(
      l10n.t("Run {0} to sign in?", program),
      l10n.t("The context {0} in {1} runs this program on your machine whenever the cluster is called.", name, file),
      l10n.t("Attach"),
    )
  );
}

function proposedName({ name }: KubernetesContext): string {
  const plain = name.replace(/[^a-zA-Z0-9-]+/g, "-").replace(/^[^a-zA-Z]+/, "");
  const short = plain.slice(0, LONGEST_NAME).replace(/-+$/, "");
  return isName("compute", short) ? short : "aks";
}

/** The registry of the last one is proposed again. */
async function registryProposal(app: App): Promise<Pick<Answers, "repository" | "pullSecret">> {
  const { targets } = await app.session.request("scoredock/compute/list", { ask: false, ...here(app) });
  const { repository = "", pullSecret = "" } = targets.at(-1) ?? {};
  return { repository, pullSecret };
}

export async function attachCompute(app: App): Promise<void> {
  requireTrust();
  const chosen = await chooseContext(app, "");
  if (chosen === undefined || !(await mayRun(chosen.context))) {
    return;
  }
  const { context, kubeconfig } = chosen;
  const start: Answers = {
    name: proposedName(context),
    namespace: context.namespace,
    ...(await registryProposal(app)),
  };
  const answers = await runWizard<Answers>(
    {
      title: l10n.t("Attach {0}", context.name),
      finish: l10n.t("Attach"),
      steps: [
        fieldStep("name", l10n.t("Name of the compute target"), (text) => nameFault("compute", text)),
        fieldStep("namespace", l10n.t("Namespace that services run in")),
        fieldStep("repository", l10n.t("Where images are pushed and pulled from, such as registry.example.com/team")),
        fieldStep("pullSecret", l10n.t("Secret of the namespace with the login to the registry; empty for none")),
      ],
    },
    start,
  );
  if (answers === undefined) {
    return;
  }
  const params = { ...answers, context: context.name, kubeconfig, ...here(app) };
  const attached = await longRequest(app, l10n.t("Attaching {0}", answers.name), "scoredock/compute/attach", params);
  await refreshCompute(app);
  const check = {
    title: l10n.t("Check"),
    act: () => checkCompute(app, { subject: { kind: "compute", compute: attached } }),
  };
  if (attached.state === "ready") {
    showInformation(
      l10n.t("Attached {0}: namespace {1} of {2}.", attached.name, attached.namespace, attached.context),
      [check],
    );
  } else {
    const why = joinWords([computeText(attached), attached.reason]);
    showWarning(l10n.t("Attached {0}, though services cannot run there now: {1}", attached.name, why), [check]);
  }
}
