/**
 * The editor's own ways to begin a debug session: F5 in an entry script, launch.json, and the list of Run and Debug.
 */
import * as vscode from "vscode";

import type { Live } from "../state/live";
import { looksLikeEntryScript } from "./debugSession";

const { l10n } = vscode;

const TYPE = "scoredock";
const IN_FRONT = "scoredock.entryScriptInFront";

/** Whether F5 means the service of the file in front. */
function inFront(): boolean {
  const document = vscode.window.activeTextEditor?.document;
  return (
    document?.languageId === "python" && document.uri.scheme === "file" && looksLikeEntryScript(document.getText())
  );
}

/** Keeps the context key that F5 depends on; set only when it changes, as every keystroke comes by here. */
function followEditor(): vscode.Disposable {
  let known: boolean | undefined;
  const look = (): void => {
    const now = inFront();
    if (now !== known) {
      known = now;
      void vscode.commands.executeCommand("setContext", IN_FRONT, now);
    }
  };
  look();
  return vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor(look),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document === vscode.window.activeTextEditor?.document) {
        look();
      }
    }),
  );
}

/** What launch.json may say of a service. */
interface Configuration extends vscode.DebugConfiguration {
  readonly service?: unknown;
  readonly entryScript?: unknown;
}

/**
 * Runs our own command and ends the editor's attempt (null, without a file to configure): the session that comes is the
 * Python debugger's.
 */
function begin({ service, entryScript }: Configuration): null {
  if (typeof service === "string" && service !== "") {
    void vscode.commands.executeCommand("scoredock.debugService", service);
  } else {
    void vscode.commands.executeCommand(
      "scoredock.debugScript",
      typeof entryScript === "string" ? entryScript : undefined,
    );
  }
  return null;
}

/** One configuration for each service, and what a launch.json begins with. */
function providedConfigurations(live: Live): Configuration[] {
  const services = live.state.services.map(({ name }) => ({
    type: TYPE,
    request: "launch",
    name: l10n.t("Debug the service {0}", name),
    service: name,
  }));
  return services.length > 0
    ? services
    : [{ type: TYPE, request: "launch", name: l10n.t("Debug the service of this script"), entryScript: "${file}" }];
}

export function configurationProvider(live: Live): vscode.DebugConfigurationProvider {
  return {
    provideDebugConfigurations: () => providedConfigurations(live),
    resolveDebugConfiguration: (_, given) => (given.request === "launch" ? given : begin(given)),
    resolveDebugConfigurationWithSubstitutedVariables: (_, given) => begin(given),
  };
}

export function debugging(provider: vscode.DebugConfigurationProvider): vscode.Disposable {
  const kinds = [
    vscode.DebugConfigurationProviderTriggerKind.Initial,
    vscode.DebugConfigurationProviderTriggerKind.Dynamic,
  ];
  return vscode.Disposable.from(
    followEditor(),
    ...kinds.map((kind) => vscode.debug.registerDebugConfigurationProvider(TYPE, provider, kind)),
  );
}
