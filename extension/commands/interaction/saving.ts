/** What runs is what is on disk, so what the person edited is saved before it is run. */
import * as vscode from "vscode";

import type { App } from "../../app";

/** Saves the script or configuration, and what lies in the open folder around it, which it may import and read. */
export async function saveAround(path: string): Promise<void> {
  const uri = vscode.Uri.file(path);
  const root = (vscode.workspace.getWorkspaceFolder(uri)?.uri ?? vscode.Uri.joinPath(uri, "..")).toString();
  const dirty = vscode.workspace.textDocuments.filter(
    (document) => document.isDirty && document.uri.toString().startsWith(`${root}/`),
  );
  const notebooks = vscode.workspace.notebookDocuments.filter(
    (notebook) => notebook.isDirty && notebook.uri.toString().startsWith(`${root}/`),
  );
  await Promise.all([...dirty, ...notebooks].map((document) => document.save()));
}

/** The same of each place that is named; an empty one stands for none. */
export async function saveAll(places: readonly (string | undefined)[]): Promise<void> {
  for (const place of places) {
    if (place !== undefined && place !== "") {
      await saveAround(place);
    }
  }
}

/** The same for a service that is known by its name. */
export async function saveService(app: App, name: string): Promise<void> {
  await saveAll([app.live.state.services.find((service) => service.name === name)?.entryScript]);
}
