/** Models to container registries, and from there. */
import type { Contribution } from "../../contribution";
import { COMMANDS } from "./commands";

export const modelImages: Contribution = { name: "model_images", commands: COMMANDS, pages: {} };
