/** The last minutes of the metrics of a service as one line of a tooltip. */
import * as l10n from "@vscode/l10n";

import type { Requests } from "../protocol";

/** Asks the server. */
export type AskHistory = (
  params: Requests["scoredock/service/history"]["params"],
) => Promise<Requests["scoredock/service/history"]["result"]>;

const SECONDS = 600;
const CELLS = 30;

/** Requests per second of the last ten minutes, in characters; empty where nothing is known. */
export async function recentRequests(ask: AskHistory, name: string, workspaceId: string): Promise<string> {
  const { services } = await ask({ names: [name], workspaceId, seconds: SECONDS, cells: CELLS });
  const line = services[0]?.sparkline ?? "";
  return line === "" ? "" : l10n.t("Requests (last 10 minutes): {0}", line);
}
