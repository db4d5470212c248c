/** What is fetched from a workspace in Azure. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";

export const azure: Contribution = { name: "azure", commands: COMMANDS, pages: {} };
