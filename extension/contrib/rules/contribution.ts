/** Deployment rules. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { LISTS } from "./lists";
import { PAGES } from "./pages";

export const rules: Contribution = { name: "rules", commands: COMMANDS, pages: PAGES, lists: LISTS };
