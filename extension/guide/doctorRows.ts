/** The check of this computer as HTML and, without a server, as text. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { DoctorAction, DoctorReport, DoctorRow } from "../protocol";
import type { Failure } from "../text/errors";
import { text } from "./frame";

/** The button of a row; undefined for an id that no button has. */
export function actionOf(report: DoctorReport, id: string): DoctorAction | undefined {
  const [row, number] = id.split(":");
  return report.rows.find((one) => one.id === row)?.actions[Number(number)];
}

function stateText(state: DoctorRow["state"]): string {
  switch (state) {
    case "fine":
      return l10n.t("OK");
    case "attention":
      return l10n.t("Needs attention");
    case "broken":
      return l10n.t("Broken");
  }
}

function rowHtml(row: DoctorRow): string {
  const buttons = row.actions.map(
    (action, number) =>
      `<button class="${row.state === "fine" || number > 0 ? "secondary" : ""}" data-act="${text(row.id)}:${number}"` +
      ` aria-label="${text(`${row.title}: ${action.title}`)}">${text(action.title)}</button>`,
  );
  const facts = row.facts.map((fact) => `<li>${text(fact)}</li>`).join("");
  return `<section class="check ${row.state}" aria-labelledby="title-${text(row.id)}">
<h2 id="title-${text(row.id)}">${text(row.title)} <span class="state">${text(stateText(row.state))}</span></h2>
<p>${text(row.sentence)}</p>
${row.fix === "" ? "" : `<p class="fix">${text(row.fix)}</p>`}
${facts === "" ? "" : `<details data-key="${text(row.id)}"><summary>${text(l10n.t("Details"))}</summary><ul>${facts}</ul></details>`}
${buttons.length === 0 ? "" : `<p class="buttons">${buttons.join("\n")}</p>`}
</section>`;
}

/** `1 broken, 2 need attention, 7 OK` */
export function summary(rows: readonly DoctorRow[]): string {
  const count = (state: DoctorRow["state"]): number => rows.filter((row) => row.state === state).length;
  const [broken, attention] = [count("broken"), count("attention")];
  const parts = [
    ...(broken > 0 ? [l10n.t("{0} broken", broken)] : []),
    ...(attention === 1 ? [l10n.t("1 needs attention")] : []),
    ...(attention > 1 ? [l10n.t("{0} need attention", attention)] : []),
  ];
  return parts.length === 0 ? l10n.t("No problems were found.") : parts.join(", ");
}

/** The page: of a report, of one that is being made, or of both. */
export function doctorHtml(report: DoctorReport | undefined, busy: boolean, note: string): string {
  const again = `<button class="secondary" data-act="again">${text(l10n.t("Check Again"))}</button>`;
  const copy = `<button class="secondary" data-act="copy">${text(l10n.t("Copy as Text"))}</button>`;
  const line = busy ? l10n.t("Checking this computer…") : report === undefined ? "" : summary(report.rows);
  return `<header>
<h1>${text(l10n.t("Check This Computer"))}</h1>
<p class="about">${text(report?.about ?? "")}</p>
<p id="summary" role="status" aria-live="polite">${text(note === "" ? line : note)}</p>
${report === undefined ? "" : `<p class="buttons">${again}\n${copy}</p>`}
</header>
${(report?.rows ?? []).map(rowHtml).join("\n")}`;
}

export interface Editor {
  readonly name: string;
  readonly extension: string;
  readonly system: string;
  readonly home: string;
}

/** What can be said when no server runs: why not, and the buttons that help. */
export function withoutServer(failure: Failure, editor: Editor): DoctorReport {
  const title = l10n.t("Scoredock server");
  const actions = failure.remedies.map((remedy) => ({ ...remedy, repair: "" as const, terminal: "" }));
  const fix = l10n.t("Everything else is checked when the server runs.");
  const row: DoctorRow = {
    id: "server",
    title,
    state: "broken",
    sentence: failure.sentence,
    fix,
    facts: [],
    actions,
  };
  const about = `Scoredock ${editor.extension} · ${editor.system} · ${editor.name}`;
  const lines = [about, "", `BROKEN  ${title}  ${failure.sentence}`].join("\n");
  return { rows: [row], about, text: editor.home.length > 1 ? lines.replaceAll(editor.home, "~") : lines };
}
