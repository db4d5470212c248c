/** What was made of what, and the audit log. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { PAGES } from "./pages";

export const lineage: Contribution = { name: "lineage", commands: COMMANDS, pages: PAGES };
