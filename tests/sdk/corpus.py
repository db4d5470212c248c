"""Scripts and notebooks of published projects that register or deploy with the SDK v1: which part of each deploys, what
stands in for its training, and what is asked when it has run. The projects lie elsewhere; nothing of them is here."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ATTRITION = "danielsc+azureml-workshop-2019/"
TEMPLATE = "nfmoore+azureml-v1-real-time-deployment-template/"
FUN = "rndazurescript+FunWithAzureML/"
_CALLS = {"deploy", "deploy_configuration", "register", "register_model", "register_pandas_dataframe"}
_KINDS = {"AciWebservice", "AksEndpoint", "AksWebservice", "LocalWebservice", "Webservice"}
OLD_PYTHON = "its conda file asks for a Python before 3.9: `scoredock environment suggest FILE --write` first"
OLD_SCRIPT = "its entry script imports `sklearn.externals`: `scoredock check --fix score.py` first"
MAPPER = "`sklearn-pandas` is imported by no release beside a current scikit-learn, and is left out"
_REMOTE = (
    "2-training-inference/2.1-aml-training-and-hyperdrive/2-scikit-learn-remote-training-on-aml-compute-plus-hyperdrive/"
    "binayclassification-employee-attrition-aml-compute-notebook.ipynb"
)
_TRAINED = (
    "import joblib, os, pandas\nfrom sklearn.dummy import DummyClassifier\n"
    "os.makedirs('outputs', exist_ok=True)\n"
    "clf = DummyClassifier(strategy='constant', constant=0).fit(pandas.DataFrame({'a': [0, 1]}), [0, 1])\n"
    "joblib.dump(clf, 'outputs/log_reg.pkl')\njoblib.dump([1], 'outputs/x_test.pkl')\n"
)
_MODEL_FILE = _TRAINED + "joblib.dump(clf, 'original_model.pkl')\n"
_CONNECT = "import os\nfrom azureml.core import Dataset, Workspace\nws = Workspace.from_config()\n"
_REGISTERED = "from azureml.core.model import Model\nModel.register(ws, 'original_model.pkl', 'IBM_attrition_model')\n"
_CONTEXT = (
    "from azureml.core import Run\nrun = Run.get_context()\nOUTPUT_DIR = './outputs'\n"
    "model_file_name, x_test_pkl = 'log_reg.pkl', 'x_test.pkl'\n"
)
_AFTER_TRAINING = "# Explain predictions on your local machine"
_CSV = "open('stand-in.csv', 'w').write('Age,Attrition,Over18\\n41,Yes,Y\\n49,No,Y\\n')"
_CSV_ADDRESS = {
    "https://raw.githubusercontent.com/danielsc/azureml-workshop-2019/master/data/IBM-Employee-Attrition.csv": (
        "stand-in.csv"
    )
}
_TABLE = _CONNECT + (
    "import pandas\nDataset.Tabular.register_pandas_dataframe(pandas.DataFrame({'Age': [41, 49]}),"
    " (ws.get_default_datastore(), 'here'), 'IBM-Employee-Attrition')"
)
_RUN = "from azureml.core import Run\nrun = best_run = Run.get(ws, 'a' * 32)\n"
_IN_RUN = "import glob\njoblib.dump(clf, glob.glob('mlruns/*/*/artifacts/outputs')[0] + '/model.pkl')\n"
_SUGGESTED = "!scoredock environment suggest myenv.yml --write"
_FIXED = "!scoredock check --fix score.py"
_NO_MAPPER = {"  - sklearn-pandas\n": ""}
_CLUSTER = (
    _CONNECT + "from azureml.core.compute import AksCompute, ComputeTarget\n"
    "ComputeTarget.create(ws, 'NAME', AksCompute.provisioning_configuration())\n"
)
_NO_DRIFT = (
    "import pandas\n"
    + _CLUSTER.replace("NAME", "cpu-cluster")
    + "rows = pandas.DataFrame({'age': [50.0], 'cardiovascular_disease': [1], 'datetime': ['2020-01-01']})\n"
    "Dataset.Tabular.register_pandas_dataframe(rows, (ws.get_default_datastore(), 'here'), 'baseline')\n"
    "open('cardio.py', 'w').write('import json\\ndef init(): pass\\ndef run(data):\\n'"
    ' \'    assert json.loads(data) == {"data": [{"age": 50.0}]}, data\\n    return 1\\n\')\n'
    "from azureml.core import Environment, Model\nfrom azureml.core.model import InferenceConfig\n"
    "from azureml.core.webservice import AksWebservice\n"
    "Model.deploy(ws, 'cardio', [], InferenceConfig('cardio.py', environment=Environment('light')),"
    " AksWebservice.deploy_configuration(), overwrite=True).wait_for_deployment()\n"
)
_PATIENTS = _CONNECT + (
    "import pandas\nrows = pandas.DataFrame([{'age': 40.0 + 5 * (n % 2), 'gender': 'female', 'height': 170.0 + n,"
    " 'weight': 70.0 + n, 'systolic': 110.0 + 40 * (n % 2), 'diastolic': 80.0, 'cholesterol': 'normal',"
    " 'glucose': 'normal', 'smoker': 'no', 'alcoholic': 'no', 'active': 'yes', 'cardiovascular_disease': float(n % 2),"
    " 'datetime': '2020-01-01'} for n in range(40)])\n"
    "Dataset.Tabular.register_pandas_dataframe(rows, (ws.get_default_datastore(), 'here'), 'InputDataset')\n"
)
_NO_RUN_CONFIGURATION = {
    "execution_run_config = RunConfiguration()": "",
    "execution_run_config.environment = execution_environment": "",
}
_PARQUET = (
    _CONNECT + "import argparse, pandas\nargs = argparse.Namespace(country='GR', target_day=None, output_path='data')\n"
    "file_path = 'ChurnDataset/GR/2020/11/26'\n"
    "folder = os.path.join(ws.get_default_datastore()._folder, file_path)\nos.makedirs(folder, exist_ok=True)\n"
    "pandas.DataFrame({'id': [1, 2], 'churned': [0, 1]}).to_parquet(folder + '/rows.parquet')\n"
)
_CHURN = (
    _CONNECT + "import json\nos.makedirs('model', exist_ok=True)\nopen('model/model.joblib', 'w').write('model')\n"
    "json.dump({'metric': 'auc', 'best_score': 0.9}, open('model/model.tags.json', 'w'))\n"
    "open('rows.txt', 'w').write('[1]\\n')\n"
    "Dataset.Tabular.from_delimited_files('rows.txt', header=False).register(ws, 'churn-training-GR')\n"
)
_AUTOML = (
    _CONNECT + "from azureml.core import Model\nos.makedirs('outputs', exist_ok=True)\n"
    "open('outputs/model.pkl', 'w').write('model')\n"
    "open('outputs/conda_env_v_1_0_0.yml', 'w').write('dependencies:\\n- pip:\\n  - azureml-defaults\\n')\n"
    "Model.register(ws, 'outputs', 'automl_diabetes', tags={'type': 'regression'})\n"
)
_STAND_IN_SCRIPT = (
    "%%writefile custom_scoring.py\nimport os\nfrom azureml.core.model import Model\n\n\ndef init():\n"
    "    assert os.path.isfile(Model.get_model_path(os.environ['model_name']) + '/model.pkl')\n\n\n"
    "def run(data):\n    return os.environ['model_name']\n"
)
_BEST = (
    _RUN.replace("run = best_run", "best_run")
    + "from azureml.core import Dataset, Model\nopen('rows.txt', 'w').write('[1]\\n')\n"
    "training_ds = Dataset.Tabular.from_delimited_files('rows.txt', header=False).register(ws, 'rows')\n"
    "validation_ds = training_ds\n"
    "class best_model:\n    steps = [(), ('VotingEnsemble',)]\n"
)


@dataclass(frozen=True)
class Part:
    """The part of one file that registers or deploys."""

    path: str
    """Below the folder of the projects."""
    does: str
    """In words, for the page."""
    cells: tuple[int, ...] = ()
    """Of a notebook, counted from 0 with those of text; empty for all of code."""
    lines: tuple[str, str] = ("", "")
    """Of a script: from the line that begins so to before the one that does; empty for its begin and end."""
    arguments: tuple[str, ...] = ()
    before: Mapping[int, str] = field(default_factory=dict)
    """What stands in, before a cell; before a script with key 0."""
    replaced: Mapping[str, str] = field(default_factory=dict)
    """Placeholders of the text, filled."""
    asked: str = ""
    """Code behind it that fails where it has not done its work."""
    needs: str = ""
    """What it needs on this machine; empty where it runs as it stands."""
    why_not: str = ""
    """Why what follows, or all of it, does not run here."""
    experiment: str = "runs"
    """The name of the experiment that the stand-in run belongs to."""

    @property
    def runs(self) -> bool:
        """Whether there is a part that runs."""
        return not self.why_not or bool(self.before)


PARTS = (
    Part(
        ATTRITION + _REMOTE,
        "registers a copy of a curated environment; registers a run's model, downloads it",
        cells=(4, 6, 13, 15, 24, 56, 58, 60),
        before={13: _TABLE, 56: _RUN},
        asked="assert os.path.isfile('classif-empl-attrition.pkl') and model_from_registry.version == 1\n"
        "assert model_from_registry.sample_input_dataset == aml_dataset.id\n"
        "assert Environment.get(ws, 'custom-workshop-environment').version == '1'",
        needs="a run of MLflow instead of the hyperdrive run",
    ),
    Part(
        ATTRITION
        + "2-training-inference/2.2-aml-interpretability/1-simple-feature-transformations-explain-local.ipynb",
        "registers a dataset",
        cells=(8,),
        before={8: _CONNECT + _CSV},
        replaced=_CSV_ADDRESS,
        asked="assert attritionData.shape == (2, 3) and 'IBM-Employee-Attrition' in ws.datasets",
    ),
    Part(
        ATTRITION + "2-training-inference/2.2-aml-interpretability/2-explain-model-on-amlcompute.ipynb",
        "registers a dataset",
        cells=(7, 8),
        before={8: _CSV},
        replaced=_CSV_ADDRESS,
        asked="assert attritionData.shape == (2, 3) and 'IBM-Employee-Attrition' in ws.datasets",
    ),
    Part(
        ATTRITION + "2-training-inference/2.2-aml-interpretability/train_explain.py",
        "registers the model that it has trained",
        lines=("model_file_name", "print('create explainer')"),
        before={0: _TRAINED + _CONTEXT},
        asked="assert original_model.name == 'amlcompute_deploy_model'",
    ),
    Part(
        ATTRITION + "2-training-inference/2.3-automl-training/local-compute/"
        "binayclassification-employee-attrition-autoaml-local-compute.ipynb",
        "registers the best run's model, downloads and loads it",
        cells=(2, 4, 30, 37),
        before={4: _TABLE, 30: _RUN + _TRAINED + _IN_RUN},
        asked="assert fitted_model.predict(pandas.DataFrame({'a': [1]})).tolist() == [0]",
        needs="a run of MLflow instead of that of automated ML",
    ),
    Part(
        ATTRITION + "3-mlops/deploy-attrition-model.ipynb",
        "registers a model, deploys it to ACI, calls the service",
        before={0: _MODEL_FILE, 10: _FIXED, 13: _SUGGESTED},
        replaced=_NO_MAPPER,
        asked="assert service.state == 'Healthy' and json.loads(prediction) == {'result': [0]}, prediction",
        needs=f"{OLD_PYTHON}; {OLD_SCRIPT}; {MAPPER}",
    ),
    Part(
        ATTRITION + "3-mlops/train_explain.py",
        "registers the model that it has trained",
        lines=("run = Run.get_context()", ""),
        before={0: _TRAINED + _CONTEXT},
        asked="assert original_model.name == 'IBM_attrition_model'",
    ),
    Part(
        ATTRITION + "4-enterprise-readiness/enterprise-readiness.ipynb",
        "creates a cluster, deploys a registered model to it, calls the service with a token",
        cells=(4, 7, 8, 22, 25, 26, 28, 30, 32, 34, 36, 37, 39),
        before={
            7: "from azureml.exceptions import ComputeTargetException",
            22: _MODEL_FILE + _REGISTERED,
            25: _FIXED,
            26: _SUGGESTED,
        },
        replaced=_NO_MAPPER,
        asked="assert resp.status_code == 200 and json.loads(prediction) == {'result': [0]}, prediction",
        needs=f"{OLD_PYTHON}; {OLD_SCRIPT}; {MAPPER}",
    ),
    Part(
        ATTRITION + "4-enterprise-readiness/train-on-amlcompute/train.py",
        "registers the model that it has trained",
        lines=(_AFTER_TRAINING, ""),
        before={0: _TRAINED + _CONTEXT},
        asked="assert original_model.name == 'IBM_attrition_model'",
    ),
    Part(
        ATTRITION + "4-enterprise-readiness/train.py",
        "registers the model that it has trained",
        lines=(_AFTER_TRAINING, ""),
        before={0: _TRAINED + _CONTEXT},
        asked="assert original_model.name == 'IBM_attrition_model'",
    ),
    Part(
        ATTRITION + "5-r/3-deploy-to-cloud.R",
        "registers and deploys with azuremlsdk, from R",
        why_not="Its entry script is R, which no service here runs.",
    ),
    Part(
        TEMPLATE + "src/data_drift_setup.py",
        "calls a service with a row of a dataset",
        arguments=tuple(
            word
            for name, value in (
                ("subscription_id", "s"),
                ("resource_group", "g"),
                ("workspace_name", "WORKSPACE"),
                ("model_id", "model:1"),
                ("endpoint_name", "cardio"),
                ("baseline_dataset_name", "baseline"),
                ("data_drift_monitor_name", "monitor"),
                ("compute_target", "cpu-cluster"),
                ("feature_list", "age"),
            )
            for word in (f"--{name}", value)
        ),
        before={0: _NO_DRIFT},
        replaced={"    time.sleep(600)": "    sys.exit(0)"},
        why_not="What follows the call sets up `azureml.datadrift`, which watches data in Azure: `sdk-not-here`.",
    ),
    Part(
        TEMPLATE + "src/train.py",
        "trains with a dataset of the workspace, registers the model",
        arguments=("--BUILD_ID", "7", "--MODEL_NAME", "cardiovascular_disease_model"),
        before={0: _PATIENTS},
        replaced={"np.object)": "object)"},
        asked="assert Model(Workspace.from_config(), 'cardiovascular_disease_model').tags['build_id'] == '7'",
        needs="a dataset that is registered as `InputDataset`; `np.object` is gone from NumPy",
    ),
    Part(
        FUN + "AutoShutDown/ScheduleAutoShutdown.ipynb",
        "registers an environment and builds it",
        cells=(1, 3, 4),
        before={3: _CLUSTER.replace("NAME", "shutdown-cluster")},
        replaced=_NO_RUN_CONFIGURATION,
        asked="assert building_process.status == 'Succeeded'",
        needs="its pipeline and schedule are Azure's: `sdk-not-here`",
    ),
    Part(
        FUN + "ChurnModel/step_00_prepare_data.py",
        "registers a dataset of Parquet files",
        lines=("# Create output path", "# If you want clean up"),
        before={0: _PARQUET},
        asked="assert dataset.name is None and ws.datasets['churn-training-GR'].to_pandas_dataframe().shape == (2, 2)",
        needs="pyarrow in the script's Python",
    ),
    Part(
        FUN + "ChurnModel/step_02_register_model.py",
        "registers a folder with tags and a dataset",
        arguments=("--country", "GR"),
        before={0: _CHURN},
        asked="assert model.tags['type'] == 'churn' and model.datasets == {'training data': [training_ds.id]}",
    ),
    Part(
        FUN + "DeployAutoMLModel/DeployRealTimeModel.ipynb",
        "downloads a model, deploys it to ACI",
        before={0: _AUTOML, 4: _STAND_IN_SCRIPT},
        asked="assert service.state == 'Healthy' and service.run('{}') == 'automl_diabetes'\n"
        "assert service.properties == {'CreatedBy': 'FastTrack for Azure'} and service.auth_enabled",
        needs="its entry script needs the packages of automated ML; another one stands in",
    ),
    Part(
        FUN + "DeployAutoMLModel/RegisterModel.ipynb",
        "registers a folder of a run's outputs with datasets",
        cells=(0, 1, 3, 11),
        before={3: _BEST},
        asked="import os\nassert os.path.isfile('outputs/model.pkl')\n"
        "assert Model(ws, 'automl_diabetes').model_framework == 'AutoML'",
        needs="a run of MLflow instead of that of automated ML; its explainers are packages of automated ML",
        experiment="auto-ml-deployment-experiment",
    ),
    Part(
        FUN + "DeployAutoMLModel/TrainModel.ipynb",
        "registers a table as a dataset",
        cells=(0, 1),
        asked="assert ds.to_pandas_dataframe().shape == (442, 11)",
        needs="its training is automated ML: `sdk-not-here`",
    ),
    Part(
        FUN + "Selenium/step00_create_environment.py",
        "registers an environment of a Dockerfile",
        lines=("import argparse", "env.build"),
        before={0: "from pathlib import Path\nPath('AzureML-Selenium-Dockerfile').write_text('FROM scratch\\n')\n"},
        asked="assert env.version == '1' and Environment.get(ws, env.name).docker.base_dockerfile == 'FROM scratch\\n'",
        needs="its last line builds the image, from a base image of a registry",
    ),
    Part(
        FUN + "SimpleACIDeployment/deploy_aci.py",
        "deploys a script without a model to ACI",
        before={
            0: "import subprocess\n"
            "subprocess.run(['scoredock', 'environment', 'suggest', 'conda_env.yaml', '--write'], check=True)\n"
        },
        asked="assert service.state == 'Healthy' and service.run('{}') == [1, 2, 3, 4]",
        needs=OLD_PYTHON,
    ),
    Part(
        FUN + "SimpleBatchInferencePipeline/Requirements.ipynb",
        "registers a model, uploads a file, registers a dataset",
        before={0: "from pathlib import Path\nPath('sampledata.csv').write_text('word\\nfive\\nsix\\n')"},
        asked="assert model.name == 'simple-model' and ws.datasets['simple-batch'].take(5)._rows == ['five', 'six']",
    ),
    Part(
        FUN + "forecast-online-endpoint/step010_clone_automl_environment.py",
        "registers a copy of a curated environment",
        replaced={'"AzureML-AutoML"': '"AzureML-Tutorial"'},
        asked="assert Environment.get(ws, 'clonedautoml').version == '1'",
        needs="`AzureML-AutoML` is not a curated environment here: another one stands in",
    ),
    Part(
        FUN + "forecast-online-endpoint/step020_generate_dataset.py",
        "registers a table as a dataset",
        replaced={'freq: str = "H"': 'freq: str = "h"'},
        asked="assert list(dataset.to_pandas_dataframe().columns) == ['DateCreated', 'TotalOrderedQty']",
        needs="pandas 3 has no frequency `H`",
    ),
    Part(
        FUN + "train-on-amlcompute.ipynb",
        "registers a dataset of a blob container",
        why_not="Its files lie in a container of Azure Storage, which it mounts: `sdk-not-here`.",
    ),
)
"""All that the projects have, in the order of their paths; `calls` finds them."""


def calls(path: Path) -> set[str]:
    """What a script or notebook of the SDK v1 calls to register or deploy; empty for others."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if "azureml" not in text or "azure.ai.ml" in text:
        return set()
    found: set[str] = set()
    for source in _sources(path, text):
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                found |= {name} & (_CALLS | _KINDS)
    return found


def _sources(path: Path, text: str) -> list[str]:
    if path.suffix != ".ipynb":
        return [text]
    try:
        cells = json.loads(text)["cells"]
    except ValueError:
        return []
    return [
        "\n".join("pass" if line.startswith(("%", "!")) else line for line in _text(cell).splitlines())
        for cell in cells
        if cell["cell_type"] == "code"
    ]


def _text(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def written(part: Part, project: Path) -> Path:
    """The part beside its file in a copy of the project, ready to run."""
    path = project / part.path.partition("/")[2]
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        made = path.with_name("part.ipynb")
        made.write_text(json.dumps(_notebook(part, json.loads(text))), encoding="utf-8")
    else:
        made = path.with_name("part.py")
        made.write_text(_script(part, text), encoding="utf-8")
    return made


def _notebook(part: Part, book: dict[str, Any]) -> dict[str, Any]:
    cells: list[dict[str, Any]] = []
    for number, cell in enumerate(book["cells"]):
        if number in part.before:
            cells.append({"cell_type": "code", "metadata": {}, "source": part.before[number]})
        if cell["cell_type"] == "code" and (not part.cells or number in part.cells):
            cells.append({**cell, "source": _filled(part, _text(cell))})
    cells.append({"cell_type": "code", "metadata": {}, "source": f"import json\n{part.asked}"})
    return {**book, "cells": cells}


def _script(part: Part, text: str) -> str:
    lines = text.splitlines()
    first, last = part.lines
    begin = next(n for n, line in enumerate(lines) if line.startswith(first)) if first else 0
    end = next(n for n, line in enumerate(lines) if n > begin and line.startswith(last)) if last else len(lines)
    chosen = _filled(part, "\n".join(lines[begin:end]))
    return f"{part.before.get(0, '')}\n{chosen}\n{part.asked}\n"


def _filled(part: Part, text: str) -> str:
    for placeholder, value in part.replaced.items():
        text = text.replace(placeholder, value)
    return text
