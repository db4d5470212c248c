/** Data that is compared with a baseline. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { PAGES } from "./pages";

export const drift: Contribution = { name: "drift", commands: COMMANDS, pages: PAGES };
