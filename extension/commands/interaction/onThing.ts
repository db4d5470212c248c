/** Commands about one thing: that of the row, button or file they are run on, or else what the person picks. */
import type { App } from "../../app";
import { requireTrust } from "../../editor/notifications";
import type { Model, Service, Workspace } from "../../protocol";
import { hasFlag, modelOf, serviceOf, serviceToChange, workspaceOf } from "./target";

/** `argument` is what it is run on; `more` comes with that: what else was selected, or another word. */
export type ThingCommand = (app: App, argument?: unknown, more?: unknown) => Promise<void>;

type Find<T> = (app: App, argument: unknown) => Promise<T | undefined>;
export type ThingAction<T> = (app: App, thing: T, argument: unknown, more: unknown) => unknown;

/** Finds the thing and acts on it; nothing happens where the person left. */
export function onThing<T>(find: Find<T>, act: ThingAction<T>): ThingCommand {
  return async (app, argument, more) => {
    const thing = await find(app, argument);
    if (thing !== undefined) {
      await act(app, thing, argument, more);
    }
  };
}

/** The same for what runs code of the folder. */
export function requireTrustFor(verb: ThingCommand): ThingCommand {
  return async (app, argument, more) => {
    requireTrust();
    await verb(app, argument, more);
  };
}

interface ServiceVerb {
  readonly title: string;
  /** One that the row of the service must have. */
  readonly flag?: string;
  /** It changes the service at once, so that the person is asked also where there is one. */
  readonly changes?: boolean;
  /** It runs code of the folder. */
  readonly runs?: boolean;
}

export function onService(verb: ServiceVerb, act: ThingAction<Service>): ThingCommand {
  const { title, flag = "service", changes = false, runs = false } = verb;
  const find = changes ? serviceToChange : serviceOf;
  const found = onThing((app, argument) => find(app, argument, title, hasFlag(flag)), act);
  return runs ? requireTrustFor(found) : found;
}

export function onModel(title: string, act: ThingAction<Model>): ThingCommand {
  return onThing((app, argument) => modelOf(app, argument, title), act);
}

/** `always` asks also where there is one. */
export function onWorkspace(title: string, act: ThingAction<Workspace>, always = false): ThingCommand {
  return onThing((app, argument) => workspaceOf(app, argument, title, undefined, always), act);
}
