/** A cluster gets a name: Kubernetes by a context, whose program is shown before it is run, Ray or a Docker by its
 * address. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { requireTrust, showWarning } from "../../editor/notifications";
import type { Compute, DockerContext, Expose, ExposeChoice, KubernetesContext } from "../../protocol";
import { joinWords } from "../../text/joinWords";
import { isName, nameFault } from "../../text/names";
import { computeText } from "../../views/computeNodes";
import { openFileDialog } from "../interaction/fileDialog";
import { longRequest } from "../interaction/progress";
import { here } from "../interaction/target";
import { type Choice, fieldStep, runWizard, type WizardStep } from "../interaction/wizard";
import { attachDocker } from "./attachDocker";
import { attachRay } from "./attachRay";
import { checkTarget, refreshCompute } from "./compute";
import { askForSeal } from "./confirm";
import { showQuickPick } from "../../window";

const { l10n } = vscode;
const LONGEST_NAME = 16;
const EXPOSE_FIELDS = ["gateway", "host", "ingressClass", "tlsSecret"] as const;

interface Answers {
  readonly name: string;
  readonly namespace: string;
  readonly repository: string;
  readonly pullSecret: string;
  readonly expose: Expose;
  readonly host: string;
  readonly ingressClass: string;
  readonly tlsSecret: string;
  readonly gateway: string;
}

interface ChosenContext {
  readonly context: KubernetesContext;
  readonly exposures: readonly ExposeChoice[];
  /** Empty for the files that kubectl reads. */
  readonly kubeconfig: string;
}

function itemOf(chosen: ChosenContext): vscode.QuickPickItem & { readonly chosen: ChosenContext } {
  const { name, server, program, file } = chosen.context;
  return {
    label: name,
    description: server,
    detail: joinWords([program === "" ? "" : l10n.t("runs {0} to sign in", program), file]),
    chosen,
  };
}

function dockerItem(dockerContext: DockerContext): vscode.QuickPickItem & { readonly dockerContext: DockerContext } {
  const { name, address } = dockerContext;
  return { label: name, description: address, detail: l10n.t("context of Docker"), dockerContext };
}

/** Reading a file runs nothing. A file that the person chose is one of Kubernetes. */
async function chooseCluster(app: App, kubeconfig: string): Promise<ChosenContext | OtherKind | undefined> {
  const title = l10n.t("Attach Compute");
  let problem = "";
  const offered = await app.session.request("scoredock/compute/contexts", { kubeconfig }).then(
    ({ contexts, exposures }) => contexts.map((context) => ({ context, exposures, kubeconfig })),
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
  const ray = {
    label: l10n.t("Ray Cluster…"),
    description: l10n.t("for batch jobs, by the address of its dashboard"),
    alwaysShow: true,
    iconPath: new vscode.ThemeIcon("cloud"),
  };
  const docker = {
    label: l10n.t("Docker on Another Machine…"),
    description: l10n.t("for services, by SSH or TLS"),
    alwaysShow: true,
    iconPath: new vscode.ThemeIcon("remote"),
  };
  const dockers = kubeconfig === "" ? (await app.session.request("scoredock/compute/dockers", {})).contexts : [];
  const picked = await showQuickPick(
    [...offered.map(itemOf), ...dockers.map(dockerItem), other, ...(kubeconfig === "" ? [docker, ray] : [])],
    {
      title,
      placeHolder:
        problem === ""
          ? l10n.t("Context of a Kubernetes cluster, a Docker or a Ray cluster; your current context stays as it is")
          : problem,
      matchOnDescription: true,
      ignoreFocusOut: true,
    },
  );
  if (picked === undefined) {
    return undefined;
  }
  if (picked === ray) {
    return "ray";
  }
  if (picked === docker) {
    return "machine";
  }
  if ("dockerContext" in picked) {
    return picked.dockerContext;
  }
  if ("chosen" in picked) {
    return picked.chosen;
  }
  const file = await openFileDialog(l10n.t("Kubeconfig File"), { [l10n.t("All Files")]: ["*"] });
  return file === undefined ? undefined : chooseCluster(app, file);
}

/** What a file names runs on this machine, with the rights of the person. Gives the seal of what was confirmed. */
async function confirmedContext(app: App, { context, kubeconfig }: ChosenContext): Promise<string | undefined> {
  const params = { context: context.name, kubeconfig, ...here(app) };
  return askForSeal(app, params, context.name, l10n.t("Attach"));
}

function proposedName({ name }: KubernetesContext): string {
  const plain = name.replace(/[^a-zA-Z0-9-]+/g, "-").replace(/^[^a-zA-Z]+/, "");
  const short = plain.slice(0, LONGEST_NAME).replace(/-+$/, "");
  return isName("compute", short) ? short : "aks";
}

/** What was used before is proposed again, the newest first. */
async function formerTargets(app: App): Promise<readonly Compute[]> {
  const { targets } = await app.session.request("scoredock/compute/list", { ask: false, ...here(app) });
  return [...targets].reverse();
}

/** Those that the person may see; none where that is not allowed, the cluster is silent, or nobody waits for it. */
async function namespacesOf(
  app: App,
  { context, kubeconfig }: ChosenContext,
  seal: string,
): Promise<readonly string[]> {
  const title = l10n.t("Reading the namespaces of {0}", context.name);
  const params = { context: context.name, kubeconfig, confirmed: seal };
  try {
    return (await longRequest(app, title, "scoredock/compute/namespaces", params)).namespaces ?? [];
  } catch {
    // The list was cancelled, and the name is typed; what else is wrong with the context, attaching says.
    return [];
  }
}

type Field = "namespace" | "repository";

/** A list to choose from, and a line of text for what is not in it; where nothing is listed the line alone. */
function listedOrTyped(
  field: Field,
  listed: readonly string[],
  questions: { readonly pick: string; readonly other: string; readonly type: string },
): readonly WizardStep<Answers>[] {
  let isTyped = listed.length === 0;
  const items = [
    ...listed.map((value): Choice<string> => ({ label: value, value })),
    { label: questions.other, alwaysShow: true, iconPath: new vscode.ThemeIcon("edit"), value: "" },
  ];
  return [
    {
      kind: "pick",
      placeholder: questions.pick,
      when: () => listed.length > 0,
      items: () => items,
      active: (answers, value: string) => answers[field] === value,
      save: (answers, value: string) => {
        isTyped = value === "";
        return isTyped ? answers : { ...answers, [field]: value };
      },
    },
    { ...fieldStep<Answers>(field, questions.type), when: () => isTyped },
  ];
}

function exposeStep(exposures: readonly ExposeChoice[]): WizardStep<Answers> {
  return {
    kind: "pick",
    placeholder: l10n.t("How callers outside the cluster reach services; this machine always does"),
    items: () => exposures.map(({ value, title, detail }) => ({ label: title, detail, value })),
    active: ({ expose }, value: Expose) => expose === value,
    save: (answers, expose: Expose) => ({ ...answers, expose }),
  };
}

/** What the way that was chosen needs to know, or may. */
function exposeFields(exposures: readonly ExposeChoice[]): readonly WizardStep<Answers>[] {
  const prompts: Record<ExposeChoice["options"][number], string> = {
    gateway: l10n.t("Gateway that the services belong to: NAME or NAMESPACE/NAME"),
    host: l10n.t("Domain below which each service has a name; with https:// before it where callers speak TLS"),
    ingressClass: l10n.t("Class of the Ingress; empty for that of the cluster"),
    tlsSecret: l10n.t("Secret of the namespace with the certificate; empty for none"),
  };
  return EXPOSE_FIELDS.map((field) => ({
    ...fieldStep<Answers>(field, prompts[field]),
    when: ({ expose }) => exposures.some(({ value, options }) => value === expose && options.includes(field)),
  }));
}

async function ask(app: App, chosen: ChosenContext, seal: string): Promise<Answers | undefined> {
  const { context, exposures } = chosen;
  const former = await formerTargets(app);
  const namespaces = await namespacesOf(app, chosen, seal);
  const repositories = [...new Set(former.map(({ repository }) => repository).filter((each) => each !== ""))];
  const { repository = "", pullSecret = "", expose = "none" } = former[0] ?? {};
  const { host = "", ingressClass = "", tlsSecret = "", gateway = "" } = former[0] ?? {};
  const start: Answers = {
    name: proposedName(context),
    namespace: context.namespace,
    repository,
    pullSecret,
    expose,
    host,
    ingressClass,
    tlsSecret,
    gateway,
  };
  return runWizard<Answers>(
    {
      title: l10n.t("Attach {0}", context.name),
      finish: l10n.t("Attach"),
      steps: [
        fieldStep("name", l10n.t("Name of the compute target"), (text) => nameFault("compute", text)),
        ...listedOrTyped("namespace", namespaces, {
          pick: l10n.t("Namespace that services run in"),
          other: l10n.t("Another Namespace…"),
          type: l10n.t("Namespace that services run in"),
        }),
        ...listedOrTyped("repository", repositories, {
          pick: l10n.t("Where images are pushed and pulled from"),
          other: l10n.t("Another Registry…"),
          type: l10n.t("Where images are pushed and pulled from, such as registry.example.com/team"),
        }),
        fieldStep("pullSecret", l10n.t("Secret of the namespace with the login to the registry; empty for none")),
        exposeStep(exposures),
        ...exposeFields(exposures),
      ],
    },
    start,
  );
}

/** Of another kind than Kubernetes. */
type OtherKind = DockerContext | "machine" | "ray";

function isOther(chosen: ChosenContext | OtherKind): chosen is OtherKind {
  return typeof chosen === "string" || "address" in chosen;
}

async function attachOther(app: App, chosen: OtherKind): Promise<void> {
  if (chosen === "ray") {
    await attachRay(app);
    return;
  }
  await attachDocker(app, chosen === "machine" ? "" : chosen.name);
}

export async function attachCompute(app: App): Promise<void> {
  requireTrust();
  const chosen = await chooseCluster(app, "");
  if (chosen !== undefined && isOther(chosen)) {
    await attachOther(app, chosen);
    return;
  }
  const seal = chosen === undefined ? undefined : await confirmedContext(app, chosen);
  if (chosen === undefined || seal === undefined) {
    return;
  }
  const answers = await ask(app, chosen, seal);
  if (answers === undefined) {
    return;
  }
  const options = chosen.exposures.find(({ value }) => value === answers.expose)?.options ?? [];
  const unused = Object.fromEntries(EXPOSE_FIELDS.filter((each) => !options.includes(each)).map((each) => [each, ""]));
  const params = {
    ...answers,
    ...unused,
    context: chosen.context.name,
    kubeconfig: chosen.kubeconfig,
    confirmed: seal,
    ...here(app),
  };
  const attached = await longRequest(app, l10n.t("Attaching {0}", answers.name), "scoredock/compute/attach", params);
  await refreshCompute(app);
  if (attached.state !== "silent") {
    await checkTarget(
      app,
      attached,
      l10n.t("Attached {0}: namespace {1} of {2}.", attached.name, attached.namespace, attached.context),
    );
    return;
  }
  const why = joinWords([computeText(attached), attached.reason]);
  showWarning(l10n.t("Attached {0}, though services cannot run there now: {1}", attached.name, why), [
    { title: l10n.t("Check"), act: () => checkTarget(app, attached) },
  ]);
}
