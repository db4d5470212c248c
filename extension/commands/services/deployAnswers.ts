/** What Deploy knows by now: the server's proposal for one script, and what the person has changed of it. */
import type { App } from "../../app";
import type { Auth, ModelToRegister, ServiceDeployParams, ServiceProposal } from "../../protocol";
import type { ChosenModels, FormerService } from "../../text/deploymentText";
import { here } from "../interaction/target";

export interface DeployAnswers extends ChosenModels {
  /** For the script that is chosen. */
  readonly proposal: ServiceProposal;
  readonly script: string;
  readonly scriptState: ServiceProposal["scriptState"];
  /** Empty where the inference configuration names it. */
  readonly entryScript: string;
  readonly inferenceConfig: string;
  readonly sourceDirectory: string;
  /** Empty for that of the inference configuration, or the defaults of the model's framework. */
  readonly environmentFile: string;
  /** A registered or curated environment instead of a file; empty for none. */
  readonly environment: string;
  readonly deploymentConfig: string;
  readonly engine: string;
  /** Compute target that is attached; empty for this machine. */
  readonly compute: string;
  /** Whether a service on a compute target takes changed files while it runs. */
  readonly develop: boolean;
  readonly auth: Auth;
  /** As it was the last time. */
  readonly port: number | null;
  readonly name: string;
}

export function answersOf(proposal: ServiceProposal): DeployAnswers {
  const { models, registerModels, modelState, script, scriptState, entryScript, inferenceConfig } = proposal;
  const { environmentFile, environment, deploymentConfig, engine, compute, develop, auth, port, name } = proposal;
  return {
    proposal,
    models,
    registerModels,
    modelState,
    script,
    scriptState,
    entryScript,
    inferenceConfig,
    sourceDirectory: inferenceConfig === "" ? proposal.sourceDirectory : "",
    environmentFile,
    environment,
    deploymentConfig,
    engine,
    compute,
    develop,
    auth,
    port,
    name,
  };
}

/** Those of another script, with what the person has said by hand and what does not hang on the script. */
export function movedTo(proposal: ServiceProposal, answers: DeployAnswers): DeployAnswers {
  const before = answersOf(answers.proposal);
  const after = answersOf(proposal);
  return {
    ...after,
    ...(answers.modelState === "chosen"
      ? { models: answers.models, registerModels: answers.registerModels, modelState: answers.modelState }
      : {}),
    ...(answers.name === before.name ? {} : { name: answers.name }),
    ...(answers.engine === before.engine && answers.compute === before.compute
      ? {}
      : { engine: answers.engine, compute: answers.compute }),
    ...(answers.develop === before.develop ? {} : { develop: answers.develop }),
    ...(answers.auth === before.auth ? {} : { auth: answers.auth }),
  };
}

/** The person's own choice of models. */
export function withModels(
  answers: DeployAnswers,
  models: readonly string[],
  registerModels: readonly ModelToRegister[],
): DeployAnswers {
  return { ...answers, models, registerModels, modelState: "chosen" };
}

/** The service that stands under the name. */
export function formerOf(app: App, { name, proposal }: DeployAnswers): FormerService | undefined {
  const service = app.live.state.services.find((each) => each.name === name);
  const isWithoutCode = proposal.deployedBefore && proposal.script === "" && name === proposal.name;
  // The script that was made for it is nobody's.
  return service !== undefined && isWithoutCode ? { ...service, entryScript: "" } : service;
}

export function requestOf(answers: DeployAnswers, app: App): ServiceDeployParams {
  const { entryScript, inferenceConfig, sourceDirectory, environmentFile, environment, deploymentConfig } = answers;
  const { models, registerModels, engine, compute, develop, auth, port, name, proposal } = answers;
  const { environmentVariables, description, tags, existingServices } = proposal;
  return {
    name,
    models,
    registerModels: registerModels.map((each) => ({ name: each.name, paths: each.paths })),
    entryScript,
    inferenceConfig,
    sourceDirectory,
    environmentFile,
    environment,
    environmentVariables,
    description,
    tags,
    deploymentConfig,
    engine,
    compute,
    // What was said for a compute target counts for no engine of this machine.
    develop: develop && compute !== "",
    auth,
    port,
    overwrite: existingServices.includes(name),
    ...here(app),
  };
}
