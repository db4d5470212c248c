/** Register…: what the workspace can be given, for those who look for a beginning. */
import * as vscode from "vscode";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

/** What a contribution registers is offered where that is there. */
export async function registerAnything(): Promise<void> {
  const commands = new Set(await vscode.commands.getCommands(true));
  const choices = [
    {
      label: l10n.t("Model from Files…"),
      description: l10n.t("a file, a folder, an archive"),
      icon: "package",
      command: "scoredock.registerModel",
    },
    {
      label: l10n.t("Model from Run…"),
      description: l10n.t("of an MLflow tracking store"),
      icon: "beaker",
      command: "scoredock.registerModelFromRun",
    },
    {
      label: l10n.t("Environment…"),
      description: l10n.t("conda YAML, pip requirements, a Docker image, a curated one"),
      icon: "server-environment",
      command: "scoredock.registerEnvironment",
    },
    {
      label: l10n.t("Dataset…"),
      description: l10n.t("one request body per row"),
      icon: "database",
      command: "scoredock.registerDataset",
    },
    {
      label: l10n.t("Image…"),
      description: l10n.t("by its reference"),
      icon: "vm",
      command: "scoredock.registerImage",
    },
  ];
  const items = choices
    .filter(({ command }) => commands.has(command))
    .map(({ icon, ...item }) => ({ ...item, iconPath: new vscode.ThemeIcon(icon) }));
  const chosen = await showQuickPick(items, {
    title: l10n.t("Register"),
    placeHolder: l10n.t("What to register"),
  });
  if (chosen !== undefined) {
    await vscode.commands.executeCommand(chosen.command);
  }
}
