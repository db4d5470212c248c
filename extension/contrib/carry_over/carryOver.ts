/** Carry Over: an old model becomes a new version that newer packages load, after a question, with a comparison. */
import * as vscode from "vscode";

import type { ModelConverted, ModelConvertParams } from "../../protocol";
import { detailNames, failureOf } from "../../text/errors";
import { commandButton, confirm, requireTrust, showFailure, showInformation } from "../../editor/notifications";
import { longRequest } from "../../commands/interaction/progress";
import { onModel } from "../../commands/interaction/onThing";
import { here } from "../../commands/interaction/target";
import { showQuickPick } from "../../window";

const { l10n } = vscode;

interface Form extends vscode.QuickPickItem {
  readonly form: NonNullable<ModelConvertParams["form"]>;
}

function forms(): Form[] {
  return [
    { form: "resaved", label: l10n.t("Pickle"), detail: l10n.t("Saved again for the newest scikit-learn") },
    { form: "onnx", label: "ONNX", detail: l10n.t("Needs no scikit-learn; some models change their responses") },
    { form: "skops", label: "skops", detail: l10n.t("A file of scikit-learn that runs no code when it is loaded") },
  ];
}

/** The largest difference as the person reads it. */
function outcome(done: ModelConverted): string {
  return done.largestDifference === 0
    ? l10n.t("All {0} responses are equal.", done.samples)
    : l10n.t(
        "The responses to {0} samples differ by at most {1}.",
        done.samples,
        done.largestDifference.toExponential(1),
      );
}

/** On a version in the view, or on the model that a finding names. */
export const carryOver = onModel(l10n.t("Carry Over"), async (app, model) => {
  requireTrust();
  const words = { title: l10n.t("Carry Over {0}", model.id), placeHolder: l10n.t("Form of the new version") };
  const chosen = await showQuickPick(forms(), words);
  if (chosen === undefined) {
    return;
  }
  const detail = l10n.t(
    "Loading it runs the code in its pickle, in a process of its own with the packages that it was saved with. A new version is registered if both give the same responses; this version stays as it is.",
  );
  if (!(await confirm(l10n.t("Carry {0} over?", model.id), detail, l10n.t("Carry Over")))) {
    return;
  }
  const params = { id: model.id, form: chosen.form, confirmed: true, ...here(app) };
  try {
    const title = l10n.t("Carrying {0} over", model.id);
    const done = await longRequest(app, title, "scoredock/model/convert", params);
    const text = l10n.t("Carried {0} over as {1}. {2}", done.source, done.model.id, outcome(done));
    showInformation(text, [commandButton(l10n.t("Show {0}", done.model.id), "scoredock.showModel", done.model.id)]);
  } catch (error) {
    const rows = detailNames(failureOf(error).details, "differences");
    const show = async (): Promise<void> => {
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: rows.join("\n") }));
    };
    showFailure(error, rows.length > 0 ? [{ title: l10n.t("Show Differences"), act: show }] : []);
  }
});
