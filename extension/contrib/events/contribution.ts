/** Events, and who gets them. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";
import { LISTS } from "./lists";
import { PAGES } from "./pages";

export const events: Contribution = { name: "events", commands: COMMANDS, pages: PAGES, lists: LISTS };
