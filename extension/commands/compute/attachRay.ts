/** A Ray cluster gets a name, for batch jobs. */
import * as vscode from "vscode";

import type { App } from "../../app";
import { showWarning } from "../../editor/notifications";
import { joinWords } from "../../text/joinWords";
import { nameFault } from "../../text/names";
import { computeText } from "../../views/computeNodes";
import { longRequest } from "../interaction/progress";
import { here } from "../interaction/target";
import { fieldStep, runWizard } from "../interaction/wizard";
import { checkTarget, refreshCompute } from "./compute";

const { l10n } = vscode;
const PORT = /^[0-9]{0,5}$/;
const LAST_PORT = 65535;

interface Answers {
  readonly ray: string;
  readonly name: string;
  /** Empty for any. */
  readonly relayPort: string;
}

function portFault(text: string): string | undefined {
  return PORT.test(text) && Number(text) <= LAST_PORT ? undefined : l10n.t("A port is a number from 1 to 65535.");
}

/** Asks for its address, attaches it, and says what it lacks. */
export async function attachRay(app: App): Promise<void> {
  const answers = await runWizard<Answers>(
    {
      title: l10n.t("Attach Ray Cluster"),
      finish: l10n.t("Attach"),
      steps: [
        fieldStep("ray", l10n.t("Address of the dashboard of its head node, such as http://head.example.com:8265")),
        fieldStep("name", l10n.t("Name of the compute target"), (text) => nameFault("compute", text)),
        fieldStep(
          "relayPort",
          l10n.t("Port of the head node that leads to workers, where a firewall needs a fixed one; empty for any"),
          portFault,
        ),
      ],
    },
    { ray: "http://127.0.0.1:8265", name: "ray", relayPort: "" },
  );
  if (answers === undefined) {
    return;
  }
  const { ray, name } = answers;
  const params = { ray, name, relayPort: Number(answers.relayPort), ...here(app) };
  const attached = await longRequest(app, l10n.t("Attaching {0}", name), "scoredock/compute/attach", params);
  await refreshCompute(app);
  if (attached.state !== "silent") {
    await checkTarget(app, attached, l10n.t("Attached {0}: Ray cluster at {1}.", attached.name, attached.address));
    return;
  }
  const why = joinWords([computeText(attached), attached.reason]);
  showWarning(l10n.t("Attached {0}, though batch jobs cannot run there now: {1}", attached.name, why), [
    { title: l10n.t("Check"), act: () => checkTarget(app, attached) },
  ]);
}
