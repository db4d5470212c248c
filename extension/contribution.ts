/** What a contribution adds to the extension: a noun that the core can do without. */
import type { Disposable } from "vscode";

import type { ImageAction, ModelRegistry } from "./app";
import type { Handler } from "./commands/handler";
import type { PageRef } from "./pages/content";
import type { KindsOf } from "./pages/sources";
import type { Repetitions } from "./panels/calls";
import type { Session } from "./session/session";
import type { Live } from "./state/live";
import type { RequestEnvironment } from "./state/requestEnvironment";
import type { AnyListTable } from "./views/listKinds";

export interface Contribution {
  /** As its folders are called, in the server too. */
  readonly name: string;
  /** Commands of the manifest by their ids. */
  readonly commands: Readonly<Record<string, Handler>>;
  readonly pages: Partial<KindsOf<PageRef["kind"]>>;
  /** Rows that it adds to the views; none where it adds no list. */
  readonly lists?: AnyListTable;
  /** What can be done with a packaged image, beside what the core does. */
  readonly imageActions?: readonly ImageAction[];
  /** Where models go and come from, beside registries of images. */
  readonly modelRegistries?: readonly ModelRegistry[];
  /** How request panels send a request many times; where nobody does, they offer it not. */
  readonly repetitions?: (session: Session) => Repetitions;
  /** Fills the Testing view for as long as the window is open. */
  readonly testing?: (session: Session, live: Live, environment: RequestEnvironment) => Disposable;
}
