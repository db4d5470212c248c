/**
 * Deploy without Code, and Show the Script: a model of a known framework needs no script, and can be given one to
 * change.
 */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { EngineName, NoCodeProposal } from "../../protocol";
import { baseName } from "../../text/format";
import { requireTrust, openAt } from "../../editor/notifications";
import { requestWithNotification } from "../interaction/progress";
import { sendDeployment } from "./deploy";
import { checkName, chooseEngine, engineItems } from "./deploySteps";
import { lookForDocker, type DockerLook } from "../docker/availability";
import { runWizard, type WizardStep } from "../interaction/wizard";
import { modelOf, pathsOf, subjectOf, workspaceId } from "../interaction/target";

const { l10n } = vscode;

interface WithoutCodeAnswers {
  readonly name: string;
  readonly engine: EngineName;
}

/** The model that is meant: a file or folder of the Explorer, or a registered version. */
interface ChosenModel {
  readonly model: string;
  readonly path: string;
}

async function chooseModel(app: App, first: unknown, all: unknown, title: string): Promise<ChosenModel | undefined> {
  const path = subjectOf(first) === undefined ? pathsOf(first, all)[0] : undefined;
  if (path !== undefined) {
    return { model: "", path };
  }
  const model = await modelOf(app, first, title);
  return model === undefined ? undefined : { model: model.id, path: "" };
}

/** Two questions, both answered already. */
function steps(proposal: NoCodeProposal, docker: DockerLook): readonly WizardStep<WithoutCodeAnswers>[] {
  return [
    {
      kind: "text",
      prompt: () => l10n.t("Name of the service; it serves {0}", proposal.what),
      value: (answers) => answers.name,
      validate: (text) =>
        text === proposal.name && proposal.overwrite ? undefined : checkName(text, proposal.existingServices),
      save: (answers, name) => ({ ...answers, name }),
    },
    {
      kind: "pick",
      placeholder: l10n.t("Where it runs"),
      items: () => engineItems(docker),
      later: docker.answered,
      active: (answers, value: { readonly engine: EngineName }) => value.engine === answers.engine,
      save: (answers, value: { readonly engine: EngineName }) => chooseEngine(answers, value.engine, docker),
    },
  ];
}

/** From a model to a running service. */
export async function deployWithoutCode(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const subject = await chooseModel(app, first, all, l10n.t("Deploy without Code"));
  if (subject === undefined) {
    return;
  }
  const proposal = await app.session.request("scoredock/noCode/propose", { ...subject, workspaceId: workspaceId(app) });
  const title = l10n.t("Deploy {0} without Code", subject.model === "" ? baseName(subject.path) : subject.model);
  const wizard = { title, finish: l10n.t("Deploy with These Values"), steps: steps(proposal, lookForDocker(app)) };
  const answers = await runWizard<WithoutCodeAnswers>(wizard, { name: proposal.name, engine: "process" });
  if (answers !== undefined) {
    const overwrite = proposal.existingServices.includes(answers.name);
    await sendDeployment(app, {
      ...answers,
      models: proposal.model === "" ? [] : [proposal.model],
      modelPath: proposal.path,
      overwrite,
      workspaceId: workspaceId(app),
    });
  }
}

/** Writes the script that would be deployed, with its configuration, into a folder and opens it. */
export async function showScript(app: App, first: unknown, all: unknown): Promise<void> {
  requireTrust();
  const subject = await chooseModel(app, first, all, l10n.t("Show the Script"));
  if (subject === undefined) {
    return;
  }
  const open =
    subject.path === ""
      ? vscode.workspace.workspaceFolders?.[0]?.uri
      : vscode.Uri.joinPath(vscode.Uri.file(subject.path), "..");
  const chosen = await vscode.window.showOpenDialog({
    title: l10n.t("Folder for the Script and Its Configuration"),
    openLabel: l10n.t("Write Here"),
    canSelectFiles: false,
    canSelectFolders: true,
    ...(open === undefined ? {} : { defaultUri: open }),
  });
  const folder = chosen?.[0];
  if (folder === undefined) {
    return;
  }
  const written = await requestWithNotification(app, l10n.t("Show the Script"), "scoredock/noCode/write", {
    ...subject,
    folder: folder.fsPath,
    workspaceId: workspaceId(app),
  });
  await openAt(written.entryScript, 0);
}
