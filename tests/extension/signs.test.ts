import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";

import { look, MOST_BYTES, MOST_FILES } from "../../extension/activation/look";
import { isOurs } from "../../extension/activation/signs";

const SCRIPT = "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n";
const GAME = "import turtle\n\n\ndef init():\n    turtle.up()\n\n\ndef run(score):\n    turtle.write(score)\n";

function inFolder<T>(files: Readonly<Record<string, string>>, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "scoredock-look-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return work(folder).finally(() => {
    rmSync(folder, { recursive: true });
  });
}

const OURS: Readonly<Record<string, string>> = {
  "score.py": SCRIPT,
  "anything_at_all.py": SCRIPT,
  "batch.py": "def init():\n    pass\n\n\ndef run(mini_batch):\n    return mini_batch\n",
  "scoring.py": "",
  "deploy.py": "from azureml.core import Workspace\n",
  "inferenceconfig.json": '{"entryScript": "a.py"}',
  "aci.json": '{"computeType": "ACI"}',
  ".azureml/config.json": "{}",
  "endpoint.yml": "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: a\n",
  "components.yml": "parts:\n  - $schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json\n",
  "deployment.yaml": "name: blue\nendpoint_name: a\nmodel: azureml:m:1\ninstance_type: Standard_DS2_v2\n",
  "pyproject.toml": "[tool.scoredock]\nstrict = true\n",
  ".vscode/tasks.json": '{"tasks": [{"type": "scoredock", "task": "deploy"}]}',
  "steps.yml": "steps:\n- script: az ml model register -n m\n",
  "deploy.sh": "az ml online-endpoint create -f endpoint.yml\n",
  "notebook.ipynb": '{"cells": [{"source": ["from azureml.core import Model\\n"]}]}',
};

/** What other packages have under such names. */
const OTHERS: Readonly<Record<string, string>> = {
  "scoreboard.py": "class Scoreboard:\n    def init(self):\n        pass\n\n    def run(self):\n        pass\n",
  "score.py": "def score(predictions, references):\n    return 0\n",
  "game_score.py": GAME,
  "score_cli.py": "import argparse\n\n\ndef run(arguments):\n    print(arguments)\n",
  "plugins.py": "from .core import plugin\n\n\ndef init():\n    plugin()\n\n\ndef run():\n    pass\n",
  "api.py":
    "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n" +
    "@app.get('/')\ndef run():\n    pass\n\n\ndef init():\n    pass\n",
  "endpoint.yml": "apiVersion: v1\nkind: Endpoints\nmetadata:\n  name: a\n",
  "endpoints.yaml": "endpoints:\n  - name: a\n    url: https://example.com\n",
  "deployment.yml": "apiVersion: apps/v1\nkind: Deployment\n",
  "deployment_config.json": '{"region": "eu-west-1", "bucket": "b"}',
  "config.json": '{"workspace_name": "a", "theme": "dark"}',
  "tasks.json": '{"tasks": [{"type": "shell"}]}',
  "train.py": "from azureml.core import Run\n\nrun = Run.get_context()\n",
  "manage.py": "import os\n\n\ndef main():\n    os.environ['DJANGO_SETTINGS_MODULE'] = 'a'\n",
  "__init__.py": SCRIPT,
  "package.json": '{"entryScript": "main.js"}',
  "pyproject.toml": "[tool.ruff]\n",
};

test("each kind of file of ours is known, by what is in it", () => {
  assert.deepEqual(
    Object.entries(OURS).filter(([name, text]) => !isOurs(`/project/${name}`, text)),
    [],
  );
});

test("what other packages have under such names is not", () => {
  assert.deepEqual(
    Object.entries(OTHERS).filter(([name, text]) => isOurs(`/project/${name}`, text)),
    [],
  );
});

for (const [name, text] of Object.entries(OURS)) {
  test(`${name} is found in a folder, also among others`, async () => {
    const deep = path.join("part", "of", "it", name);
    await inFolder(
      { ...Object.fromEntries(Object.entries(OTHERS).map(([one, each]) => [`others/${one}`, each])), [deep]: text },
      async (folder) => {
        assert.equal((await look([folder])).file, path.join(folder, deep));
      },
    );
  });
}

test("nothing is found in a package of others", async () => {
  await inFolder(OTHERS, async (folder) => {
    assert.equal((await look([folder])).file, undefined);
  });
});

test("environments, caches and hidden folders are not looked into", async () => {
  const places = ["node_modules", ".venv", "env", "dist", ".git", "site-packages", "a.egg-info"];
  const files = Object.fromEntries(places.map((place) => [`${place}/score.py`, SCRIPT]));
  await inFolder({ ...files, "env/pyvenv.cfg": "" }, async (folder) => {
    assert.deepEqual(await look([folder]), { file: undefined, read: 0 });
  });
});

test("no more than 200 files are read, those that say most by their names first", async () => {
  const many = Object.fromEntries(Array.from({ length: MOST_FILES + 50 }, (_, number) => [`m${number}.py`, "x = 1\n"]));
  await inFolder(many, async (folder) => {
    assert.deepEqual(await look([folder]), { file: undefined, read: MOST_FILES });
  });
  await inFolder({ ...many, "deep/below/score.py": SCRIPT }, async (folder) => {
    assert.deepEqual(await look([folder]), { file: path.join(folder, "deep", "below", "score.py"), read: 1 });
  });
});

test("no more than 64 kB of a file are read", async () => {
  await inFolder({ "a.py": `${"#".repeat(MOST_BYTES)}\n${SCRIPT}` }, async (folder) => {
    assert.deepEqual(await look([folder]), { file: undefined, read: 1 });
  });
});

test("several folders share one look, and one that is not wanted any more ends", async () => {
  await inFolder({ "one/a.py": "x = 1\n", "two/b.py": SCRIPT }, async (folder) => {
    const both = [path.join(folder, "one"), path.join(folder, "two")];
    assert.equal((await look(both)).file, path.join(folder, "two", "b.py"));
    assert.deepEqual(await look(both, () => false), { file: undefined, read: 0 });
  });
});
