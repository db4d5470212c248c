/** Deployment rules. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { PAGES } from "./pages";

export const rules: Contribution = { name: "rules", commands: COMMANDS, pages: PAGES };
