/**
 * Sign-ins to container registries: asked once, kept in the editor's secret store, handed over with each request that
 * needs them. And which image of a registry is meant.
 */
import * as vscode from "vscode";

import type { App } from "../../app";
import type { RegistryCredential } from "../../protocol";
import { failureOf } from "../../text/errors";
import { bytes } from "../../text/size";
import { showFailure, showInformation } from "../../editor/notifications";
import { longRequest } from "../interaction/progress";
import { here } from "../interaction/target";
import { ago } from "../../text/format";
import { pushProposals } from "../../text/pushProposals";
import { showInputBox, showQuickPick } from "../../window";

const { l10n } = vscode;

/** Servers that a password is kept for; the secret store cannot be listed everywhere. */
const SERVERS = "registries";

function secretOf(server: string): string {
  return `registry/${server}`;
}

function servers(app: App): readonly string[] {
  return app.context.globalState.get<readonly string[]>(SERVERS, []);
}

function isCredential(value: unknown): value is RegistryCredential {
  const fields: readonly (keyof RegistryCredential)[] = ["server", "username", "password"];
  return (
    typeof value === "object" &&
    value !== null &&
    fields.every((field) => typeof (value as Record<string, unknown>)[field] === "string")
  );
}

async function credentialOf(app: App, server: string): Promise<RegistryCredential | undefined> {
  const kept = await app.context.secrets.get(secretOf(server));
  if (kept === undefined) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(kept);
    return isCredential(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** All that the person signed in to. */
export async function registryCredentials(app: App): Promise<readonly RegistryCredential[]> {
  const found = await Promise.all(servers(app).map((server) => credentialOf(app, server)));
  return found.filter((credential) => credential !== undefined);
}

/** That a registry has an image now, and how much of it went there; null where Docker sent it. */
export function pushedWords(reference: string, sentBytes: number | null, presentBytes: number | null): string {
  return sentBytes === null || presentBytes === null
    ? l10n.t("Pushed {0}.", reference)
    : l10n.t("Pushed {0}. Sent {1}; the registry had {2}.", reference, bytes(sentBytes), bytes(presentBytes));
}

async function ask(prompt: string, more: vscode.InputBoxOptions = {}): Promise<string | undefined> {
  const text = await showInputBox({
    title: l10n.t("Sign In to Container Registry"),
    prompt,
    ignoreFocusOut: true,
    ...more,
  });
  return text === undefined || text.trim() === "" ? undefined : text;
}

/** The address as it begins the names of images. */
function serverFrom(text: string): string {
  return text
    .trim()
    .replace(/^https?:\/\//i, "")
    .replace(/\/.*$/, "")
    .toLowerCase();
}

export async function signInRegistry(app: App): Promise<void> {
  const written = await ask(l10n.t("Server of the registry"), { placeHolder: "registry.example.com" });
  if (written === undefined) {
    return;
  }
  const server = serverFrom(written);
  const username = await ask(l10n.t("User name at {0}", server), {
    value: (await credentialOf(app, server))?.username ?? "",
  });
  const password =
    username === undefined
      ? undefined
      : await ask(l10n.t("Password or access token of {0} at {1}", username, server), { password: true });
  if (username === undefined || password === undefined) {
    return;
  }
  const credential = { server, username: username.trim(), password };
  await longRequest(app, l10n.t("Signing in to {0}", server), "scoredock/registry/login", { credential });
  await app.context.secrets.store(secretOf(server), JSON.stringify(credential));
  await app.context.globalState.update(SERVERS, [...new Set([...servers(app), server])].sort());
  showInformation(
    l10n.t(
      "Signed in to {0} as {1}. The password is kept in the secret storage of the editor.",
      server,
      credential.username,
    ),
  );
}

export async function signOutRegistry(app: App): Promise<void> {
  const known = servers(app);
  if (known.length === 0) {
    showInformation(l10n.t("You are not signed in to any container registry."));
    return;
  }
  const server = await showQuickPick([...known], {
    title: l10n.t("Sign Out of Container Registry"),
    placeHolder: l10n.t("Server of the registry"),
  });
  if (server !== undefined) {
    await app.context.secrets.delete(secretOf(server));
    await app.context.globalState.update(
      SERVERS,
      known.filter((one) => one !== server),
    );
    showInformation(l10n.t("Signed out of {0}; its password was removed.", server));
  }
}

/** The last one is proposed again: its tag is what changes. */
const LAST_REFERENCE = "scoredock.lastPushed";

interface ReferenceItem extends vscode.QuickPickItem {
  readonly reference?: string;
}

/**
 * Where something that is called so is pushed to: in the places that were used before, the newest first, or somewhere
 * else. `called` has a tag where it has a version.
 */
export async function askPlace(app: App, title: string, called: string): Promise<string | undefined> {
  const prompt = l10n.t("Image in the registry, with its tag");
  const { images } = await app.session.request("scoredock/image/list", { ...here(app) });
  const proposals = pushProposals(images, called);
  if (proposals.length === 0) {
    return askReference(app, title, prompt);
  }
  const now = Date.now() / 1000;
  const items: readonly ReferenceItem[] = [
    ...proposals.map(({ reference, former }) => ({
      label: reference,
      description: l10n.t("{0} was pushed {1}", former.reference, ago(former.time, now)),
      reference,
    })),
    { label: l10n.t("Another…") },
  ];
  const chosen = await showQuickPick(items, { title, placeHolder: l10n.t("Push to") });
  if (chosen === undefined) {
    return undefined;
  }
  return chosen.reference ?? askReference(app, title, prompt);
}

/** An image of a registry. `name` is proposed in the place where the last one was. */
export async function askReference(
  app: App,
  title: string,
  prompt: string,
  name?: string,
): Promise<string | undefined> {
  const last = app.context.workspaceState.get<string>(LAST_REFERENCE) ?? "";
  const place = last.slice(0, last.lastIndexOf("/") + 1);
  const reference = await showInputBox({
    title,
    value: name === undefined || place === "" ? last : `${place}${name}`,
    placeHolder: `registry.example.com/team/${name ?? "diabetes:1"}`,
    prompt,
    validateInput: (text) =>
      /^[^/\s]+\/\S+$/.test(text) ? undefined : l10n.t("A registry, a slash and the name of the image."),
  });
  if (reference !== undefined) {
    await app.context.workspaceState.update(LAST_REFERENCE, reference);
  }
  return reference;
}

/** Asks a registry for something; where it refuses, the person can sign in and go on. */
export async function askRegistry<T>(
  app: App,
  send: (credentials: readonly RegistryCredential[]) => Promise<T>,
  show: (answer: T) => unknown,
): Promise<void> {
  const attempt = async (): Promise<void> => {
    show(await send(await registryCredentials(app)));
  };
  try {
    await attempt();
  } catch (error) {
    if (failureOf(error).code !== "registry-refused") {
      throw error;
    }
    showFailure(error, [
      {
        title: l10n.t("Sign In and Try Again"),
        act: async () => {
          await signInRegistry(app);
          await attempt();
        },
      },
    ]);
  }
}
