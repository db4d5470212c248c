"""Which files are ours."""

from __future__ import annotations

import pytest
from scoredock.formats.document_kind import kind_of

INIT_RUN = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"
CASES = [
    ("score.py", INIT_RUN, "entry-script"),
    ("SCORE.PY", INIT_RUN, "entry-script"),
    ("anything.py", INIT_RUN, "entry-script"),
    ("my-score.py", INIT_RUN, "entry-script"),
    ("score.py", "def Run(data):\n    return 1\n", "entry-script"),
    ("score.py", "import joblib\nmodel = joblib.load('x')\n", "entry-script"),
    ("score.py", "def accuracy(a, b):\n    return a == b\n", None),
    ("train.py", "from azureml.core import Run\nrun = Run.get_context()\n", None),
    (
        "price_score.py",
        "import joblib\nfrom azureml.core import Model, Run\nws = Run.get_context().experiment.workspace\n"
        "run = Run.get_context()\nmodel = joblib.load(Model.get_model_path('m', _workspace=ws))\n",
        "sdk-script",
    ),
    ("batch_score.py", "def init():\n    pass\n\n\ndef run(mini_batch):\n    return []\n", "batch-script"),
    ("deploy.py", "from azureml.core import Workspace\nws = Workspace.from_config()\n", "sdk-script"),
    ("client.py", "import requests\nrequests.post(scoring_uri, json={})\n", "sdk-script"),
    ("client.py", "import requests\nrequests.get('https://example.org')\n", None),
    ("client.py", "import requests\nrequests.post('http://localhost:6789/score', json={})\n", "sdk-script"),
    ("game.py", "import requests\nrequests.post('https://game.example/score', data={'points': 1})\n", None),
    ("train.py", "from azureml.core import Run\nrun = Run.get_context()\nrun.register_model('m')\n", "sdk-script"),
    ("deploy.ipynb", '{"cells": [{"source": ["import azureml.core"]}]}', "notebook"),
    ("other.ipynb", '{"cells": [{"source": ["import numpy"]}]}', None),
    ("deploy.sh", "az ml model list\n", "commands"),
    ("deploy.ps1", "az ml model list\n", "commands"),
    ("other.sh", "az vm list\n", None),
    ("azure-pipelines.yml", "steps:\n  - script: az ml model list\n", "commands"),
    ("ci.yml", "jobs:\n  a:\n    steps:\n      - run: |\n          az ml model list\n", "commands"),
    ("game.py", "def run():\n    pass\n", None),
    ("inferenceconfig.json", "{", "inference-config"),
    ("inferenceConfig.json", "{}", "inference-config"),
    ("inference-config.yml", "entryScript: x", "inference-config"),
    ("my_inference_config.json", "{}", "inference-config"),
    ("any.json", '{"entryScript": "score.py"}', "inference-config"),
    ("deploymentconfig.json", "{}", "deployment-config"),
    ("deploymentConfig.yml", "{}", "deployment-config"),
    ("deploy-config.json", "{}", "deployment-config"),
    ("aks.json", '{\n  "computeType": "aks"\n}', "deployment-config"),
    ("conda.yml", "dependencies:\n  - python=3.11\n", "conda"),
    ("myenv.yml", "%%writefile myenv.yml\nname: x\n", "conda"),
    ("whatever.yaml", "channels:\n  - x\ndependencies:\n  - python=3.8\n", "conda"),
    ("pubspec.yaml", "dependencies:\n  flutter: any\n", None),
    ("Chart.yaml", "apiVersion: v2\ndependencies:\n  - name: x\n", None),
    ("docker-compose.yml", "services:\n  a: {}\n", None),
    ("environment.yml", "kind: Environment\nname: x\n", None),
    ("requirements.txt", "numpy\n", "requirements"),
    ("requirements-dev.txt", "numpy\n", "requirements"),
    ("notes.txt", "numpy\n", None),
    ("azureml_environment.json", "{}", "environment"),
    (".azureml/config.json", "{}", "workspace-config"),
    ("aml_config/config.json", "{", "workspace-config"),
    ("ws_config.json", '{"subscription_id": "", "workspace_name": ""}', "workspace-config"),
    ("config.json", '{"model_type": "bert"}', None),
    ("package.json", '{"dependencies": {}}', None),
    ("tsconfig.json", '{"compilerOptions": {}}', None),
    ("README.md", "entryScript", None),
    ("", "", None),
]


@pytest.mark.parametrize(("path", "text", "kind"), CASES, ids=[f"{i}-{p}" for i, (p, _, _) in enumerate(CASES)])
def test_kind(path: str, text: str, kind: str | None) -> None:
    for folder in ("", "/project/", "C:\\project\\"):
        name = path.replace("/", "\\") if "\\" in folder else path
        assert kind_of(folder + name, text) == kind
