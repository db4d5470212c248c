/** Pipelines of CI. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";

export const pipelines: Contribution = { name: "pipelines", commands: COMMANDS, pages: {} };
