/** Batch jobs. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { PAGES } from "./pages";

export const batch: Contribution = { name: "batch", commands: COMMANDS, pages: PAGES };
