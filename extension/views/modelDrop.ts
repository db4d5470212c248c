/** Files dragged from the Explorer onto the Models view are registered; on a model they become its next version. */
import * as vscode from "vscode";

import type { Row } from "./rows";

const URI_LIST = "text/uri-list";

function filesOf(list: string): string[] {
  const uris = list
    .split(/\r?\n/)
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => vscode.Uri.parse(line, true));
  return uris.filter((uri) => uri.scheme === "file").map((uri) => uri.fsPath);
}

/** Name of the model that a row is about, undefined for any other row. */
function modelOfRow({ subject, node }: Row): string | undefined {
  // A group of a tag's value or of a framework is not a model.
  if (subject.kind === "group" && node.flags.startsWith("group")) {
    return subject.group.newest.name;
  }
  return subject.kind === "version" || subject.kind === "file" ? subject.model.name : undefined;
}

export class ModelDrop implements vscode.TreeDragAndDropController<Row> {
  readonly dropMimeTypes = [URI_LIST];
  readonly dragMimeTypes: string[] = [];

  constructor(private readonly register: (paths: readonly string[], name: string | undefined) => void) {}

  async handleDrop(target: Row | undefined, dropped: vscode.DataTransfer): Promise<void> {
    const item = dropped.get(URI_LIST);
    if (item === undefined) {
      return;
    }
    const paths = filesOf(await item.asString());
    if (paths.length > 0) {
      this.register(paths, target === undefined ? undefined : modelOfRow(target));
    }
  }
}
