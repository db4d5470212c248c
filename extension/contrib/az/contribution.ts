/** Lines of `az ml` that run in a terminal. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";

export const az: Contribution = { name: "az", commands: COMMANDS, pages: {} };
