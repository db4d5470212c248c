/** Batch jobs. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { LISTS } from "./lists";
import { PAGES } from "./pages";

export const batch: Contribution = { name: "batch", commands: COMMANDS, pages: PAGES, lists: LISTS };
