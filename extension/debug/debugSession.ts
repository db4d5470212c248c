/** What the editor's debugger gets to know about a service, and when a session's end concerns it. No `vscode` here. */
import type { PathMapping, Service } from "../protocol";

/** The kind of debugger that the Python Debugger extension brings. */
export const DEBUGGER = "debugpy";

/** An attach configuration under which the editor listens and the service connects. */
export interface AttachConfiguration {
  readonly type: typeof DEBUGGER;
  readonly name: string;
  readonly request: "attach";
  readonly listen: { readonly host: "127.0.0.1"; readonly port: number };
  readonly pathMappings: readonly PathMapping[];
  /** Anything but a plain configuration is somebody else's session. */
  readonly [key: string]: unknown;
}

export function attachConfiguration(
  service: string,
  port: number,
  pathMappings: readonly PathMapping[],
): AttachConfiguration {
  return { type: DEBUGGER, name: service, request: "attach", listen: { host: "127.0.0.1", port }, pathMappings };
}

/** Whether a configuration is the one that listens on a port of ours. */
export function listensOn(configuration: Readonly<Record<string, unknown>>, port: number): boolean {
  const listen = configuration["listen"];
  return (
    configuration["type"] === DEBUGGER &&
    typeof listen === "object" &&
    listen !== null &&
    (listen as { port?: unknown }).port === port
  );
}

/** Whether an installed extension brings the debugger. `manifest` is its package.json. */
export function bringsDebugger(manifest: unknown): boolean {
  const contributes = (manifest as { contributes?: { debuggers?: unknown } } | undefined)?.contributes;
  const debuggers = contributes?.debuggers;
  return (
    Array.isArray(debuggers) && debuggers.some((one: unknown) => (one as { type?: unknown } | null)?.type === DEBUGGER)
  );
}

/** Whether a Python text defines both functions that make it an entry script. */
export function looksLikeEntryScript(text: string): boolean {
  return /^def init\(/m.test(text) && /^(async )?def run\(/m.test(text);
}

/**
 * Whether a service still is as the debug start made it, now that the session is over. The person may have stopped,
 * restarted or updated it, which is why the session ended; then nothing is left to do.
 */
export function isStillDebugged(debugged: Service, now: Service): boolean {
  return now.state !== "Stopped" && now.revision === debugged.revision && now.environment === debugged.environment;
}
