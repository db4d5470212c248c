/** What commands and views work with; built once in `main.ts` and passed on. */
import type * as vscode from "vscode";

import type { Findings } from "./findings";
import type { Live } from "./live";
import type { Logs } from "./logs";
import type { RequestPanels } from "./panels/request";
import type { Session } from "./session";
import type { Details } from "./details";
import type { Node } from "./views/node";

export interface App {
  readonly context: vscode.ExtensionContext;
  readonly session: Session;
  readonly live: Live;
  readonly logs: Logs;
  readonly requests: RequestPanels;
  readonly details: Details;
  readonly findings: Findings;
  /** What the person reads of Scoredock itself. */
  readonly log: vscode.LogOutputChannel;
  readonly services: vscode.TreeView<Node>;
}
