/** What a command of the manifest is. */
import type { App } from "../app";

/** `first` is what the command was run on, `all` what was selected then. */
export type Handler = (app: App, first: unknown, all: unknown) => Promise<void> | void;
