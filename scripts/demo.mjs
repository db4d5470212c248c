// The main job once, from nothing: train, register, check, deploy, call, and compare with scikit-learn's own answer.
// `npm run demo -- --open` leaves the service running. Everything lies in .demo/, and a second run uses it again.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { ROOT, DIST, PYTHON, VENV, cleanEnvironment, inVenv } from "./project.mjs";
import { buildAll } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { digest, isFresh, stamp } from "./stamp.mjs";
import { Refusal, main, run, say, shown, step } from "./steps.mjs";

const EXAMPLE = path.join(ROOT, "examples", "diabetes");
const DEMO = process.env.SCOREDOCK_DEMO_FOLDER ?? path.join(ROOT, ".demo");
const MODEL = "sklearn_regression_model";
const PICKLE = path.join(DEMO, "model", `${MODEL}.pkl`);
const SERVICE = "diabetes";
const SAMPLE = {
  data: [
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    [10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
  ],
};
const PREDICT = `
import json, sys, joblib
print(json.dumps(joblib.load(sys.argv[1]).predict(json.loads(sys.argv[2])).tolist()))
`;
const keepOpen = process.argv.includes("--open");
const environment = cleanEnvironment({
  SCOREDOCK_HOME: path.join(DEMO, "home"),
  SCOREDOCK_WHEELHOUSE: path.join(DIST, "wheelhouse"),
});

const scoredock = inVenv(VENV, "scoredock");

/** Runs the real command line, shows what it runs, and reads its JSON; a refusal of it is one of ours. */
async function cli(...words) {
  console.log(`           $ ${shown(["scoredock", ...words])}`);
  const { code, output, complaints } = await run(scoredock, [...words, "--json"], {
    cwd: EXAMPLE,
    env: environment,
    quiet: true,
    allow: null,
  });
  // Results are on standard output; a refusal comes after the progress on standard error.
  const refusal = complaints.slice(Math.max(0, complaints.lastIndexOf("\n{\n")));
  try {
    const told = JSON.parse(output.trim() || refusal);
    if (!told.error) return told;
    throw new Refusal(
      `${told.error.message} ${told.error.fix}\n${(told.error.details.log ?? []).slice(-15).join("\n")}`.trimEnd(),
    );
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const command = words.slice(0, 2).join(" ");
    const end = (output + complaints).slice(-500);
    throw new Refusal(`scoredock ${command} ended with exit code ${code} and printed no JSON: ${end}`);
  }
}

async function prepareEnvironment() {
  let built;
  await step("Environment of examples/diabetes/conda.yml", async () => {
    const script = path.join(ROOT, "scripts", "environment.py");
    const { output } = await run(PYTHON, [script, path.join(EXAMPLE, "conda.yml")], { env: environment, quiet: true });
    built = JSON.parse(output);
    return `${built.key}, ${Math.round(built.size / 1e6)} MB`;
  });
  return built;
}

async function train(built) {
  const script = path.join(EXAMPLE, "train.py");
  const value = digest([script], [built.key]);
  const remembered = path.join(DEMO, "model", ".trained");
  if (isFresh(remembered, value) && fs.existsSync(PICKLE)) return say("The model is trained");
  return step("Training the model", async () => {
    const { output } = await run(built.python, [script, "--output", path.dirname(PICKLE)], {
      env: environment,
      quiet: true,
    });
    stamp(remembered, value);
    return output.trim().split("\n")[0];
  });
}

/** `name:version` of the pickle: the newest version when it has the same bytes, a new one otherwise. */
async function register() {
  let model;
  await step("Registering the model", async () => {
    const bytes = fs.readFileSync(PICKLE);
    const sha256 = (content) => createHash("sha256").update(content).digest("hex");
    // The digest of a version is that of the lines which sha256sum prints for its files.
    const digest = sha256(`${sha256(bytes)}  ${path.basename(PICKLE)}\n`);
    const { models } = await cli("model", "list", "--name", MODEL, "--latest");
    model = models.find((known) => known.digest === digest);
    if (model) return `${model.id} is there already`;
    model = await cli("model", "register", PICKLE, "--name", MODEL, "--tag", "data=diabetes");
    return `${model.id}, ${model.framework} ${model.frameworkVersion}, ${bytes.length} bytes`;
  });
  return model.id;
}

async function check() {
  await step("Checking the files", async () => {
    const { checked, findings } = await cli("check", EXAMPLE);
    if (findings.length) {
      throw new Refusal(
        findings.map((found) => `${found.path}:${found.line + 1}: ${found.code} ${found.message}`).join("\n"),
      );
    }
    return `${checked.length} files, no findings`;
  });
}

async function deploy(model) {
  let service;
  await step("Deploying", async () => {
    service = await cli(
      "service",
      "deploy",
      SERVICE,
      "--model",
      model,
      "--inference-config",
      "inferenceconfig.json",
      "--deployment-config",
      "deploymentconfig.json",
      "--overwrite",
    );
    if (service.state !== "Healthy")
      throw new Refusal(`The service is ${service.state}, not Healthy; its log is ${service.logFile}.`);
    return `${service.state} at ${service.scoringUri}`;
  });
  return service;
}

/** Asks the service over HTTP as any client would, and scikit-learn itself in another process. */
async function compare(service, built) {
  await step("Scoring the two sample rows", async () => {
    const body = JSON.stringify(SAMPLE);
    console.log(`           $ curl -H 'Content-Type: application/json' -d '${body}' ${service.scoringUri}`);
    const answer = await fetch(service.scoringUri, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Refusal(`The service answered ${answer.status}: ${text}`);
    const predictions = JSON.parse(text);
    const { output } = await run(built.python, ["-c", PREDICT, PICKLE, JSON.stringify(SAMPLE.data)], {
      env: environment,
      capture: true,
    });
    const expected = JSON.parse(output);
    const same =
      predictions.length === expected.length &&
      predictions.every((value, index) => Math.abs(value - expected[index]) <= 1e-9 * Math.abs(expected[index]));
    if (!same) throw new Refusal(`The service predicts ${text} and scikit-learn itself ${output.trim()}.`);
    SAMPLE.data.forEach((row, index) => console.log(`           [${row}] -> ${predictions[index].toFixed(2)}`));
    return "as scikit-learn itself predicts";
  });
}

async function showLog() {
  console.log(`           $ scoredock service logs ${SERVICE} --tail 5`);
  const { output } = await run(scoredock, ["service", "logs", SERVICE, "--tail", "5"], {
    cwd: EXAMPLE,
    env: environment,
    capture: true,
  });
  for (const line of output.trimEnd().split("\n")) console.log(`             ${line}`);
}

function sayWhatNext(service) {
  const program = shown([path.relative(process.cwd(), scoredock)]);
  const command = `SCOREDOCK_HOME=${shown([environment.SCOREDOCK_HOME])} ${program}`;
  console.log(
    `\nIt works. The service is ${keepOpen ? "running" : "stopped"}; its data folder is ${environment.SCOREDOCK_HOME}.`,
  );
  console.log("Next:");
  if (keepOpen) {
    console.log(`  curl -d '${JSON.stringify(SAMPLE)}' -H 'Content-Type: application/json' ${service.scoringUri}`);
    console.log(`  ${command} service logs ${SERVICE} --follow`);
    console.log(`  ${command} service stop ${SERVICE}`);
  } else {
    console.log("  npm run demo -- --open           leaves the service running for you to call");
  }
  console.log("  npm run package                  makes the VSIX; code --install-extension scoredock-*.vsix");
  console.log("  code examples/diabetes           open the example and deploy score.py from the editor");
}

await main(async () => {
  await setUp();
  await buildAll();
  const built = await prepareEnvironment();
  await train(built);
  const model = await register();
  await check();
  const service = await deploy(model);
  await compare(service, built);
  await step("The last lines of its log", showLog);
  if (!keepOpen)
    await step("Stopping the service", async () => {
      await cli("service", "stop", SERVICE);
    });
  sayWhatNext(service);
});
