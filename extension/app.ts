/** What commands and views work with; built once in `main.ts` and passed on. */
import type * as vscode from "vscode";

import type { BuildLogs } from "./logs/buildLogs";
import type { FileDiagnostics, TryDiagnostics } from "./editor/diagnostics";
import type { DoctorPage } from "./guide/doctor";
import type { Documentation } from "./guide/documentation";
import type { Steps } from "./guide/steps";
import type { Live } from "./state/live";
import type { LogPages } from "./logPage/logPages";
import type { ServiceLogs } from "./logs/serviceLogs";
import type { MetricsPages } from "./metrics/metrics";
import type { RequestPanels } from "./panels/request";
import type { Session } from "./session/session";
import type { Details } from "./documents/details";
import type { MigratedFiles } from "./documents/migratedFiles";
import type { Pages } from "./pages/pages";
import type { Lists } from "./views/lists";
import type { ModelsView } from "./views/modelsView";
import type { Row } from "./views/rows";
import type { Tree } from "./views/tree";

/** Something that can be done with a packaged image. */
export interface ImageAction {
  readonly title: () => string;
  /** `image` as a record (`name:version`), or a reference. */
  readonly act: (app: App, image: string) => Promise<void>;
}

/** A kind of registry that models are pushed to and registered from. */
export interface ModelRegistry {
  /** What a model becomes there. */
  readonly form: () => vscode.QuickPickItem;
  readonly push: (app: App, id: string) => Promise<void>;
  /** What is registered from there. */
  readonly source: () => vscode.QuickPickItem;
  readonly register: (app: App) => Promise<void>;
}

export interface App {
  readonly context: vscode.ExtensionContext;
  readonly session: Session;
  readonly live: Live;
  readonly logs: ServiceLogs;
  readonly logPages: LogPages;
  readonly buildLogs: BuildLogs;
  readonly requests: RequestPanels;
  readonly metrics: MetricsPages;
  readonly details: Details;
  readonly migratedFiles: MigratedFiles;
  readonly pages: Pages;
  readonly doctor: DoctorPage;
  readonly documentation: Documentation;
  /** What of the walkthrough is done. */
  readonly steps: Steps;
  readonly fileDiagnostics: FileDiagnostics;
  readonly tryDiagnostics: TryDiagnostics;
  /** What the person reads of Scoredock itself. */
  readonly log: vscode.LogOutputChannel;
  /** The views by name, for what is done with their rows. */
  readonly trees: ReadonlyMap<string, { readonly tree: Tree; readonly view: vscode.TreeView<Row> }>;
  readonly lists: Lists;
  readonly models: ModelsView;
  /** Of contributions. */
  readonly imageActions: readonly ImageAction[];
  readonly modelRegistries: readonly ModelRegistry[];
  /** Pythons that the person chose for a file in other extensions, the best first. */
  readonly chosenPythons: (file: vscode.Uri) => Promise<readonly string[]>;
  /** Open folders, the one that is worked in first. */
  readonly folders: () => readonly string[];
}
