/** Pages that help a person along: documentation, and the check of this computer. */
import type { App } from "../../app";
import { subjectOf } from "../interaction/target";

export async function checkComputer(app: App): Promise<void> {
  await app.doctor.open();
}

/** A page by its path from the documentation's first one, as "Learn more" or a row names it; else the first. */
export async function openDocumentation(app: App, argument: unknown): Promise<void> {
  const ofRow = subjectOf(argument)?.kind === "subscriptions" ? "docs/events.md" : "";
  await app.documentation.open(typeof argument === "string" ? argument : ofRow);
}
