/** What tasks.json says of a task, to and from the server's words. No `vscode` here. */
import type { TaskDefinition } from "../protocol";

export const TYPE = "scoredock";

/** A task as tasks.json holds it. */
export interface WrittenTask extends Partial<TaskDefinition> {
  readonly type: typeof TYPE;
}

function isEmpty(value: unknown): boolean {
  return (
    value === null || value === "" || value === false || (typeof value === "object" && Object.keys(value).length === 0)
  );
}

/** Without what says nothing, so that a person reads only what was chosen. */
export function writtenTask(definition: TaskDefinition): WrittenTask {
  const { task, service, ...more } = definition;
  const said = Object.entries({ task, service, ...more }).filter(([, value]) => !isEmpty(value));
  return { type: TYPE, ...(Object.fromEntries(said) as Partial<TaskDefinition>) };
}

/** As the server takes it, which says what is wrong with it. */
export function taskDefinition(written: Readonly<Record<string, unknown>>): TaskDefinition {
  const said = Object.entries(written).filter(([key]) => key !== "type");
  return Object.fromEntries(said) as unknown as TaskDefinition;
}
