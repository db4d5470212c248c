/** Models of old releases, carried over to new ones. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";

export const carryOver: Contribution = { name: "carry_over", commands: COMMANDS, pages: {} };
