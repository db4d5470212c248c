/** What a contribution adds to the extension: a noun that the core can do without. */
import type { Handler } from "./commands/handler";
import type { PageRef } from "./pages/content";
import type { KindsOf } from "./pages/sources";

export interface Contribution {
  /** As its folders are called, in the server too. */
  readonly name: string;
  /** Commands of the manifest by their ids. */
  readonly commands: Readonly<Record<string, Handler>>;
  readonly pages: Partial<KindsOf<PageRef["kind"]>>;
}
