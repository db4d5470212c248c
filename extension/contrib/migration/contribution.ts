/** From v1 to Azure ML v2. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";

export const migration: Contribution = { name: "migration", commands: COMMANDS, pages: {} };
