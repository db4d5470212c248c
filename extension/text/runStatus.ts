/** The status of an MLflow run, as labels name it. No `vscode` here. */
import * as l10n from "@vscode/l10n";

/** `Finished` for `FINISHED`; a status that MLflow does not have is shown as it is, capitalized. */
export function runStatusName(status: string): string {
  switch (status.toUpperCase()) {
    case "FINISHED":
      return l10n.t("Finished");
    case "RUNNING":
      return l10n.t("Running");
    case "SCHEDULED":
      return l10n.t("Scheduled");
    case "FAILED":
      return l10n.t("Failed");
    case "KILLED":
      return l10n.t("Killed");
    default:
      return status.slice(0, 1).toUpperCase() + status.slice(1).toLowerCase();
  }
}
