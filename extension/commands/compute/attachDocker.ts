/** The Docker of another machine gets a name, for services. */
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
import { askForSeal } from "./confirm";

const { l10n } = vscode;

interface Answers {
  readonly docker: string;
  /** A folder as Docker's command line has it. */
  readonly certificates: string;
  readonly name: string;
}

/** Asks for its address unless a context of Docker has it, attaches it, and says what it lacks. */
export async function attachDocker(app: App, dockerContext = ""): Promise<void> {
  const seal =
    dockerContext === "" ? "" : await askForSeal(app, { dockerContext, ...here(app) }, dockerContext, l10n.t("Attach"));
  if (seal === undefined) {
    return;
  }
  const answers = await runWizard<Answers>(
    {
      title: dockerContext === "" ? l10n.t("Attach Docker") : l10n.t("Attach {0}", dockerContext),
      finish: l10n.t("Attach"),
      steps: [
        {
          ...fieldStep<Answers>("docker", l10n.t("Its address: ssh://user@host, or tcp://host:2376 with TLS")),
          when: () => dockerContext === "",
        },
        {
          ...fieldStep<Answers>("certificates", l10n.t("Folder with ca.pem, cert.pem and key.pem")),
          when: ({ docker }) => docker.startsWith("tcp://"),
        },
        fieldStep("name", l10n.t("Name of the compute target"), (text) => nameFault("compute", text)),
      ],
    },
    { docker: dockerContext === "" ? "ssh://" : "", certificates: "~/.docker", name: "gpu" },
  );
  if (answers === undefined) {
    return;
  }
  const { docker, certificates, name } = answers;
  const tls = docker.startsWith("tcp://")
    ? { tlsCa: `${certificates}/ca.pem`, tlsCert: `${certificates}/cert.pem`, tlsKey: `${certificates}/key.pem` }
    : {};
  const params = { docker, dockerContext, name, confirmed: seal, ...tls, ...here(app) };
  const attached = await longRequest(app, l10n.t("Attaching {0}", name), "scoredock/compute/attach", params);
  await refreshCompute(app);
  if (attached.state !== "silent") {
    await checkTarget(app, attached, l10n.t("Attached {0}: Docker at {1}.", attached.name, attached.address));
    return;
  }
  const why = joinWords([computeText(attached), attached.reason]);
  showWarning(l10n.t("Attached {0}, though services cannot run there now: {1}", attached.name, why), [
    { title: l10n.t("Check"), act: () => checkTarget(app, attached) },
  ]);
}
