/** Scripts and notebooks of the SDK v1 that run in a terminal of the editor. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";

export const sdk: Contribution = { name: "sdk", commands: COMMANDS, pages: {} };
