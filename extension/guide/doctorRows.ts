/** The check of this computer as HTML and, without a server, as text. No `vscode` here. */
import * as l10n from "@vscode/l10n";

import type { DoctorAction, DoctorReport, DoctorRow } from "../protocol";
import type { Failure } from "../text/errors";
import { htmlHeader, htmlText } from "../text/html";

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
    case "unused":
      return l10n.t("Not used");
  }
}

function rowHtml(row: DoctorRow): string {
  const buttons = row.actions.map((action, number) => {
    const look = row.state === "fine" || row.state === "unused" || number > 0 ? "secondary" : "";
    const label = htmlText(`${row.title}: ${action.title}`);
    const attributes = `class="${look}" data-act="${htmlText(row.id)}:${number}" aria-label="${label}"`;
    return `<button ${attributes}>${htmlText(action.title)}</button>`;
  });
  const facts = row.facts.map((fact) => `<li>${htmlText(fact)}</li>`).join("");
  const summaryText = htmlText(l10n.t("Details"));
  const list = `<summary>${summaryText}</summary><ul>${facts}</ul>`;
  const details = facts === "" ? "" : `<details data-key="${htmlText(row.id)}">${list}</details>`;
  const state = `<span class="state">${htmlText(stateText(row.state))}</span>`;
  return `<section class="check ${row.state}" aria-labelledby="title-${htmlText(row.id)}">
<h2 id="title-${htmlText(row.id)}">${htmlText(row.title)} ${state}</h2>
<p>${htmlText(row.sentence)}</p>
${row.fix === "" ? "" : `<p class="fix">${htmlText(row.fix)}</p>`}
${details}
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
  const again = `<button class="secondary" data-act="again">${htmlText(l10n.t("Check Again"))}</button>`;
  const copy = `<button class="secondary" data-act="copy">${htmlText(l10n.t("Copy as Text"))}</button>`;
  const line = busy ? l10n.t("Checking this computer…") : report === undefined ? "" : summary(report.rows);
  const below = `<p class="about">${htmlText(report?.about ?? "")}</p>
<p id="summary" role="status" aria-live="polite">${htmlText(note === "" ? line : note)}</p>
${report === undefined ? "" : `<p class="buttons">${again}\n${copy}</p>`}`;
  return `${htmlHeader({ title: l10n.t("Check This Computer"), below })}
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
