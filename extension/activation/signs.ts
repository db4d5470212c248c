/**
 * Whether a file is for services of Azure ML, by its name and what is in it: a simple look, wider than the server's
 * `kind_of`, with the patterns that this decides by. A test compares the two. No `vscode` here.
 */
import * as path from "node:path";

import {
  AZ_ML,
  AZURE,
  BATCH,
  DEPLOYMENT_NAME,
  HANDED_ON,
  HOME,
  INFERENCE_NAME,
  INIT,
  KEYS,
  MARKS,
  OWN_NAME,
  PIPELINE,
  PROJECT_SETTINGS,
  READS_REQUEST,
  RELATIVE,
  ROUTE,
  RUN,
  SCHEMA_HOST,
  SCRIPT_NAME,
  SDK,
  SERVER,
  SERVES,
  SHELL,
  TOP_INIT,
  V2_SCHEMA,
} from "./patterns";

/** A training script asks for its own run, and may have nothing else to do with us. */
const ASKS_FOR_RUN = /^\s*from azureml\.core(?:\.run)? import Run\s*(?:#.*)?$/;
const IMPORT_OF_NOTEBOOK = /"\s*(?:from|import)[ \t]+azureml[ \t.]/;
/** Configurations of other programs have an `entryScript`, too. */
const OTHER_SCRIPT = /\bentryScript["']?\s*:\s*(?:\{|["']?[^"',}\s]*\.(?:js|mjs|cjs|ts|tsx|sh|ps1|rb|php|html)\b)/i;
const OUR_COMPUTE = /\bcomputeType["']?\s*:\s*["']?(?:local|aci|aks|acicompute|akscompute)["']?\s*(?:[,}\r\n#]|$)/i;
const INFERENCE_KEYS =
  /["']?\b(?:sourceDirectory|condaFile|extraDockerfileSteps|enableGpu|baseImage|userManagedDependencies)\b["']?\s*:/;
const DEPLOYMENT_KEYS = new RegExp(
  `["']?\\b(?:${[
    "containerResourceRequirements|autoScaler|authEnabled|sslEnabled|appInsightsEnabled",
    "maxConcurrentRequestsPerContainer|numReplicas|keys|memoryInGB",
  ].join("|")})\\b["']?\\s*:`,
);
const SCHEMA_OF_JSON = /["']?\$schema["']?\s*:\s*["']?https?:\/\/json-schema\.org\//;
const ENDPOINT_NAME = /^["']?endpoint_name["']?[ \t]*:/m;
/** What a deployment of v2 has beside the name of its endpoint. */
const OF_DEPLOYMENT = new RegExp(
  `^["']?(?:${[
    "code_configuration|instance_type|model|environment",
    "mini_batch_size|scale_settings|request_settings",
  ].join("|")})["']?[ \\t]*:`,
  "m",
);
const CODE_CONFIGURATION = /^["']?code_configuration["']?[ \t]*:/m;
/** Of an endpoint. */
const AUTH_MODE = /^["']?auth_mode["']?[ \t]*:[ \t]*["']?(?:key|a[am]l?d?_?token)\b/m;
const OTHER_CLOUD = /^(?:apiVersion|kind|jobs|stages|steps|services)[ \t]*:|\bs3:\/\/|\bgs:\/\/|\barn:/m;
const OUR_TASK = /"type"\s*:\s*"scoredock"/;

const BEGUN = [RUN, INIT, READS_REQUEST];

/** Whether a name is one from its first letter on. */
function isNamed(pattern: RegExp, name: string): boolean {
  return pattern.exec(name)?.index === 0;
}

function isOtherProgram(text: string): boolean {
  return !AZURE.test(text) && (HOME.test(text) || HANDED_ON.test(text) || (SERVER.test(text) && ROUTE.test(text)));
}

function isEntryScript(name: string, text: string): boolean {
  if (name === "__init__.py" || isOtherProgram(text)) {
    return false;
  }
  const isWhole = RUN.test(text) && TOP_INIT.test(text) && (isNamed(SCRIPT_NAME, name) || SERVES.test(text));
  return isWhole || BATCH.test(text) || isBegun(name, text);
}

/** A script that is being written: it has the first of the two functions, or nothing yet. */
function isBegun(name: string, text: string): boolean {
  const own = isNamed(OWN_NAME, name);
  const named = own || RUN.test(text) || TOP_INIT.test(text);
  if (!named || RELATIVE.test(text)) {
    return false;
  }
  return (
    AZURE.test(text) || (own && (text.trim() === "" || (MARKS.test(text) && BEGUN.some((sign) => sign.test(text)))))
  );
}

function usesSdk(text: string): boolean {
  return SDK.test(text) && text.split("\n").some((line) => SDK.test(line) && !ASKS_FOR_RUN.test(line));
}

function isJsonOfOurs(file: string, name: string, text: string): boolean {
  if (name === "azureml_environment.json" || /(?:^|[\\/])(?:\.azureml|aml_config)[\\/]config\.json$/.test(file)) {
    return true;
  }
  if (SCHEMA_OF_JSON.test(text)) {
    return false;
  }
  if (/(?:^|[\\/])\.vscode[\\/](?:tasks|launch)\.json$/.test(file)) {
    return OUR_TASK.test(text);
  }
  const isWorkspace = [KEYS.subscription_id, KEYS.resource_group, KEYS.workspace_name].every((key) => key.test(text));
  return (
    (name.endsWith("config.json") && isWorkspace) ||
    KEYS.condaDependenciesFile.test(text) ||
    isConfiguration(name, text)
  );
}

/** An inference or deployment configuration, in JSON or YAML. */
function isConfiguration(name: string, text: string): boolean {
  if (KEYS.entryScript.test(text)) {
    return !OTHER_SCRIPT.test(text);
  }
  if (KEYS.computeType.test(text)) {
    return OUR_COMPUTE.test(text);
  }
  return (
    (INFERENCE_NAME.test(name) && INFERENCE_KEYS.test(text)) ||
    (DEPLOYMENT_NAME.test(name) && DEPLOYMENT_KEYS.test(text))
  );
}

function isYamlOfOurs(name: string, text: string): boolean {
  if (text.includes(SCHEMA_HOST)) {
    return true;
  }
  const schema = V2_SCHEMA.exec(text)?.[1]?.toLowerCase();
  if (schema !== undefined) {
    return /azure-?ml/.test(schema);
  }
  const isPipeline = AZ_ML.test(text) && PIPELINE.test(text);
  return isPipeline || (!OTHER_CLOUD.test(text) && (isV2WithoutSchema(text) || isConfiguration(name, text)));
}

function isV2WithoutSchema(text: string): boolean {
  const isDeployment = ENDPOINT_NAME.test(text) && OF_DEPLOYMENT.test(text);
  return isDeployment || CODE_CONFIGURATION.test(text) || AUTH_MODE.test(text);
}

/** Whether the file with this text is one of ours. Names count in any case. */
export function isOurs(file: string, text: string): boolean {
  const lower = file.toLowerCase();
  const name = path.basename(lower.replaceAll("\\", "/"));
  switch (path.extname(name)) {
    case ".py":
      return isEntryScript(name, text) || usesSdk(text);
    case ".ipynb":
      return IMPORT_OF_NOTEBOOK.test(text);
    case ".json":
      return isJsonOfOurs(lower, name, text);
    case ".yml":
    case ".yaml":
      return isYamlOfOurs(name, text);
    case ".toml":
      return name === "pyproject.toml" && PROJECT_SETTINGS.test(text);
    default:
      return SHELL.includes(path.extname(name)) && AZ_ML.test(text);
  }
}

/** Ends of the names of files that may be ours. */
const TEXTS = [".py", ".ipynb", ".json", ".yml", ".yaml", ...SHELL];

/** How much the name alone says: 2 where it is one of ours, 1 where the text has to say it, 0 for what is none. */
export function promise(file: string): 0 | 1 | 2 {
  const lower = file.toLowerCase();
  const name = path.basename(lower.replaceAll("\\", "/"));
  const extension = path.extname(name);
  if (!TEXTS.includes(extension) && name !== "pyproject.toml") {
    return 0;
  }
  const telling =
    isNamed(SCRIPT_NAME, name) ||
    INFERENCE_NAME.test(name) ||
    DEPLOYMENT_NAME.test(name) ||
    /^(?:\.azureml|aml_config|\.vscode)[\\/]/.test(lower.split(/[\\/]/).slice(-2).join("/")) ||
    (/\.ya?ml$/.test(name) && /endpoint|deployment/.test(name));
  return telling ? 2 : 1;
}
