/** Pages that help a person along: documentation, and the check of this computer. */
import type { App } from "../../app";

export async function checkComputer(app: App): Promise<void> {
  await app.doctor.open();
}

/** A page by its path from the documentation's first one, as "Learn more" names it; else the first. */
export async function openDocumentation(app: App, argument: unknown): Promise<void> {
  await app.documentation.open(typeof argument === "string" ? argument : "");
}
