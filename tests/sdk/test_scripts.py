"""`scoredock sdk run|notebook` as a person meets them: what is printed, which exceptions come, and what stays out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import interpreters
import scoredock_azureml
from cli.conftest import Terminal

from .conftest import CHILD, PARENT, PYTHON

CONNECT = "from azureml.core import Workspace\nws = Workspace.from_config('.file-path/ws_config.json')\n"


def run(terminal: Terminal, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    (terminal.folder / "deploy.py").write_text(text)
    return terminal.run("sdk", "run", *PYTHON, "deploy.py", *words)


def test_a_script_gets_its_own_arguments_and_ends_with_its_own_code(terminal: Terminal) -> None:
    done = run(terminal, "import sys\nprint(sys.argv[1:])\nsys.exit(7)\n", "--json", "-w", "x", "--home=y")
    assert (done.returncode, done.stdout.strip()) == (7, "['--json', '-w', 'x', '--home=y']")
    (terminal.folder / "package").mkdir()
    (terminal.folder / "package" / "deploy.py").write_text(
        "from azureml.core import VERSION\nprint(__name__, VERSION)\n"
    )
    done = terminal.run("sdk", "run", *PYTHON, "-m", "package.deploy")
    assert done.stdout.split() == ["__main__", "1.61.0"], done.stderr


def test_a_warning_of_an_older_argument_is_of_the_line_that_has_it(terminal: Terminal) -> None:
    (terminal.folder / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    (terminal.folder / "conda.yml").write_text("dependencies:\n  - python=3.11\n")
    text = "from azureml.core.model import InferenceConfig\nInferenceConfig('score.py', 'python', 'conda.yml')\n"
    done = run(terminal, text)
    warned = [each for each in done.stderr.splitlines() if "is deprecated" in each]
    assert len(warned) == 2, done.stderr
    assert all("deploy.py:2: DeprecationWarning" in each for each in warned), done.stderr


def test_what_a_workspace_has_is_named_where_a_model_is_not_there(terminal: Terminal) -> None:
    text = (
        "from azureml.core import Model\nfor name in ('ridge', 'ridge', 'forest', 'a', 'b', 'c', 'd'):\n"
        "    Model.register(ws, 'score.py', name)\n"
        "for given in ({'name': 'rigde'}, {'name': 'ridge', 'version': 7}, {'id': 'forest:2'}):\n"
        "    try:\n        Model(ws, **given)\n    except Exception as error:\n        print('told', error.message)\n"
        "try:\n    Model(Workspace.create('bare', exist_ok=True), 'x')\n"
        "except Exception as error:\n    print('told', error.message)\n"
    )
    done = run(terminal, CONNECT + text)
    sentences = [line for line in done.stdout.splitlines() if line.startswith("told")]
    has = ("It has ridge, d, c, b, a and 1 more.", "It has ridge:2, ridge:1.", "It has forest:1.", "It has no models.")
    assert [words in sentence for words, sentence in zip(has, sentences, strict=True)] == [True] * 4, done.stdout


MISTAKES = {
    "a model that is not there": (
        "from azureml.core import Model\nModel(ws, 'missing', version=3)",
        ["WebserviceException", "ModelNotFound: Model with name missing, version 3 not found", "[model-not-found]"],
    ),
    "a workspace of another subscription": (
        "Workspace.get(ws.name, subscription_id='22222222')",
        ["WorkspaceException", "Workspaces not found with name=", "22222222", "[workspace-not-found]"],
    ),
    "a configuration that is not there": (
        "Workspace.from_config('/nowhere/at/all.json')",
        ["UserErrorException", "could not be found in /nowhere/at/all.json", "[workspace-config-missing]"],
    ),
    "a service that is not there": (
        "from azureml.core import Webservice\nWebservice(ws, 'missing')",
        ["WebserviceException", "WebserviceNotFound: Webservice with name missing", "[service-not-found]"],
    ),
    "an environment that is not there": (
        "from azureml.core import Environment\nEnvironment.get(ws, 'missing')",
        ["UserErrorException", "missing", "[asset-not-found]"],
    ),
    "training": (
        "from azureml.core import Experiment\nfrom azureml.train.automl import AutoMLConfig\n"
        "Experiment(ws, 'x').submit(AutoMLConfig(task='regression'))",
        ["UserErrorException", "AutoMLConfig has no meaning on this machine", "MLflow", "[sdk-not-here]"],
    ),
    "FPGAs": (
        "from azureml.accel import AccelContainerImage\nAccelContainerImage.image_configuration()",
        ["AccelContainerImage.image_configuration has no meaning on this machine", "[sdk-not-here]"],
    ),
    "no script": (
        "from azureml.core.model import InferenceConfig\nInferenceConfig('missing.py')",
        ["WebserviceException", "missing.py doesn't exist. entry_script should be path relative to current working"],
    ),
    "a script that is not a module": (
        "open('my-score.py', 'w').close()\n"
        "from azureml.core.model import InferenceConfig\nInferenceConfig('my-score.py')",
        ['invalid name "my-score" for provided entry script. The script must be importable as a valid python module'],
    ),
    "all that is wrong with a configuration": (
        "from azureml.core.webservice import AksWebservice\n"
        "AksWebservice.deploy_configuration(autoscale_enabled=True, num_replicas=1, cpu_cores=0, auth_enabled=True,"
        " token_auth_enabled=True)",
        [
            "cpu_cores must be greater than zero.",
            "autoscale enabled and num_replicas provided.",
            "cannot both be true.",
        ],
    ),
    "a port": (
        "from azureml.core.webservice import LocalWebservice\nLocalWebservice.deploy_configuration(port='80')",
        ["Invalid configuration, port must be an integer in range [1, 65535]"],
    ),
    "a name": (
        "from azureml.core import Model\nModel.deploy(ws, 'My_Service', [])",
        ["Error, provided service name is invalid. It must only consist of lowercase letters, numbers, or dashes"],
    ),
}


def test_mistakes_are_told_as_the_sdk_tells_them(terminal: Terminal) -> None:
    """One script tries them one after the other, so that one server answers all."""
    tries = "\n".join(
        f"try:\n    exec({text!r})\nexcept Exception as error:\n    told[{name!r}] = str(error)\n"
        for name, (text, _) in MISTAKES.items()
    )
    done = run(terminal, f"{CONNECT}import json\ntold = {{}}\n{tries}\nprint(json.dumps(told))\n")
    assert done.returncode == 0, done.stderr
    told: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    for name, (_, words) in MISTAKES.items():
        assert [word for word in words if word not in told.get(name, "")] == [], (name, told.get(name))


def test_a_deployment_that_fails_names_the_line_and_leaves_a_failed_service(terminal: Terminal) -> None:
    (terminal.folder / "broken.py").write_text(
        "def init():\n    raise ValueError('no such file')\ndef run(data): pass\n"
    )
    text = CONNECT + (
        "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig, Model\n"
        "from azureml.core.webservice import AciWebservice\n"
        "from azureml.exceptions import WebserviceException\n"
        "config = InferenceConfig('broken.py', environment=Environment('light'))\n"
        "service = Model.deploy(ws, 'broken-one', [], config, AciWebservice.deploy_configuration(), overwrite=True)\n"
        "try:\n    service.wait_for_deployment(show_output=True)\n"
        "except WebserviceException as error:\n    print(error.code, 'no such file' in error.message, service.state)\n"
        "    print('ValueError' in service.get_logs(), 'deploymentconfig' in service.get_logs())\n"
        "    print('The service is one for aci, and runs as a process' in service.get_logs())\n"
        "try:\n    Model.deploy(ws, 'broken-one', [], config)\n"
        "except WebserviceException as error:\n    print(error.code, error.message)\n"
    )
    done = run(terminal, text)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-4].split()[1:] == ["True", "Failed"], done.stdout
    assert lines[-3:-1] == ["True False", "True"]
    assert lines[-1].startswith("service-exists Error, there is already a service with name broken-one found in"), lines
    assert "which stands for ACI" in done.stderr
    assert "\nFailed\n" in done.stdout
    assert "Running" in done.stdout


def test_a_script_that_does_not_wait_waits_at_its_end_and_no_key_is_written_down(
    terminal: Terminal, home: Path
) -> None:
    key = "a-key-that-nobody-else-knows-00"
    text = CONNECT + (
        "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig, Model\n"
        "from azureml.core.authentication import ServicePrincipalAuthentication\n"
        "from azureml.core.webservice import AksWebservice\n"
        f"ServicePrincipalAuthentication('tenant', 'id', {key!r})\n"
        "config = InferenceConfig('score.py', environment=Environment('light'))\n"
        f"aks = AksWebservice.deploy_configuration(primary_key={key!r}, properties={{'a': 'b'}}, num_replicas=1)\n"
        "Model.deploy(ws, 'unattended', [], config, aks, overwrite=True)\n"
    )
    done = run(terminal, text)
    assert done.returncode == 0, done.stderr
    assert "Waiting for the deployment of unattended..." in done.stderr
    written = [path for path in home.rglob("deploymentconfig.json") if "unattended" in path.parts]
    assert [json.loads(path.read_text()) for path in written] == [{"computeType": "aks", "numReplicas": 1}]
    check = CONNECT + (
        "from azureml.core import Webservice\nservice = Webservice(ws, 'unattended')\n"
        "print(type(service).__name__, service.state, service.auth_enabled, service.properties)\n"
        "print(service.get_keys()[0])\n"
        "print(service.run(b'{\"data\": [[1, 2]]}'))\nservice.delete()\nprint(service.state)\n"
    )
    second = run(terminal, check)
    assert second.stdout.splitlines() == [
        "AksWebservice Healthy True {'a': 'b'}",
        key,
        "[3]",
        "Deleting",
    ], second.stderr
    assert key not in done.stdout + done.stderr
    files = [path for path in home.rglob("*") if path.is_file() and "environments" not in path.parts]
    assert [path for path in files if key.encode() in path.read_bytes()] == []


NOTEBOOK: list[tuple[str, str]] = [
    ("markdown", "# Deploy"),
    ("code", "%matplotlib inline\n!pip install azureml-core\n!echo from the shell\nnames = !echo one\n"),
    ("code", "%%writefile made.txt\nwritten\n"),
    ("code", CONNECT),
    ("code", "ws.name.upper()"),
    ("code", "print(open('made.txt').read(), names)\nimport os\nos.path.exists('made.txt')"),
    ("code", "print('here')\nraise ValueError('in the notebook')"),
    ("code", "print('never')"),
]


def notebook(cells: list[tuple[str, str]]) -> str:
    made: list[dict[str, Any]] = [{"cell_type": kind, "source": text, "metadata": {}} for kind, text in cells]
    metadata = {"language_info": {"name": "python"}}
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def test_a_notebook_runs_cell_by_cell_and_stops_at_cell_and_line(terminal: Terminal) -> None:
    (terminal.folder / "deploy.ipynb").write_text(notebook(NOTEBOOK))
    done = terminal.run("sdk", "notebook", *PYTHON, "deploy.ipynb")
    assert done.returncode == 1
    shown = done.stdout.splitlines()
    assert shown[0] == "from the shell"
    assert "Writing made.txt" in shown
    assert any(line.startswith("'WS-") for line in shown), shown
    assert "['one']" in done.stdout
    assert shown[-2:] == ["True", "here"]
    assert "left out, as Scoredock answers for the SDK: pip install azureml-core" in done.stderr
    assert done.stderr.splitlines()[-1] == "error: deploy.ipynb: cell 7, line 2: the notebook has stopped here"
    assert "ValueError: in the notebook" in done.stderr
    assert terminal.refused("sdk", "notebook", "score.py")["code"] == "file-unreadable"


@pytest.mark.parametrize(
    ("line", "is_told"), [("pickle.load(open('model.pkl', 'rb'))", True), ("from json.gone import load_it", False)]
)
def test_a_model_of_another_release_says_how_to_get_one_of_this(
    terminal: Terminal, line: str, *, is_told: bool
) -> None:
    (terminal.folder / "model.pkl").write_bytes(b"cjson.gone\nThing\n.")
    (terminal.folder / "use.py").write_text(f"import pickle\n{line}\n")
    (terminal.folder / "use.ipynb").write_text(notebook([("code", f"import pickle\n{line}")]))
    for command, name in (("run", "use.py"), ("notebook", "use.ipynb")):
        done = terminal.run("sdk", command, *PYTHON, name)
        assert "ModuleNotFoundError: No module named 'json.gone'" in done.stderr
        assert ("another release of json than" in done.stderr) is is_told, done.stderr
        assert (f"`scoredock sdk {command} --modernize`" in done.stderr) is is_told
        again = terminal.run("sdk", command, "--modernize", *PYTHON, name)
        assert "another release" not in again.stderr


def test_nothing_is_shadowed_unless_it_was_asked_for(tmp_path: Path) -> None:
    """The folder of the SDK behind an installed azureml-core, as the .pth file puts it: the installed one answers."""
    core = tmp_path / "azureml" / "core"
    core.mkdir(parents=True)
    (tmp_path / "azureml" / "__init__.py").write_text(
        "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
    )
    (core / "__init__.py").write_text("Workspace = 'of Azure'\n")
    code = "from azureml.core import Workspace; print(Workspace)"
    for folders, answer in (
        ((tmp_path, scoredock_azureml.FOLDER), "of Azure"),
        ((scoredock_azureml.FOLDER, tmp_path), "<"),
    ):
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        assert done.stdout.startswith(answer)


def test_a_service_never_reads_the_package(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text(
        "from scoredock_runtime.shims import install; install(); from azureml.core import Model\n"
        "print(Model.__module__)\nfrom azureml.core.run import Run\nRun()\n"
    )
    env = {**os.environ, "PYTHONPATH": scoredock_azureml.FOLDER}
    done = subprocess.run([sys.executable, str(script)], env=env, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "scoredock_runtime.shims.azureml_core_model"
    assert done.stderr.splitlines()[-1].startswith("ImportError: azureml.core.Run needs the real package")
    assert done.stderr.splitlines()[-1].endswith("[sdk-not-here]")


@pytest.mark.parametrize("module", ["azureml.core", "azureml.core.model", "azureml.train.automl.run", "azureml.data"])
def test_importing_starts_nothing(module: str) -> None:
    code = (
        f"import sys; sys.path.append({scoredock_azureml.FOLDER!r}); import {module};"
        " from azureml._scoredock.server import SERVER; print(SERVER._process)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None"]


def test_whatever_scripts_of_v1_import_can_be_imported(tmp_path: Path) -> None:
    """What is not here says so when it is used, and not at a line with `import`."""
    text = (
        "import azureml.core\n"
        "from azureml.core.run import Run, _OfflineRun\n"
        "from azureml.core.runconfig import DEFAULT_CPU_IMAGE, RunConfiguration\n"
        "from azureml.core.compute_target import ComputeTargetException\n"
        "from azureml.data import OutputFileDatasetConfig, dataset_type_definitions\n"
        "from azureml.data.datapath import DataPath\n"
        "from azureml.pipeline.core.schedule import Schedule\n"
        "from azureml.pipeline.steps import DatabricksStep\n"
        "from azureml.train.automl import AutoMLConfig, run\n"
        "assert run.AutoMLRun and dataset_type_definitions.PromoteHeadersBehavior.NO_HEADERS\n"
        "from azureml.train.hyperdrive import HyperDriveConfig\n"
        "from azureml.widgets import RunDetails\n"
        "assert isinstance(Run.get_context(), _OfflineRun)\n"
        "Run.get_context().log('accuracy', 0.9)\n"
        "try:\n    DatabricksStep(name='x')\n"
        "except azureml.exceptions.UserErrorException as error:\n    print(error.code)\n"
        "try:\n    from azureml.core import Nonsense\nexcept ImportError as error:\n    print('not of v1')\n"
    )
    (tmp_path / "imports.py").write_text(text)
    env = {**os.environ, "PYTHONPATH": scoredock_azureml.FOLDER}
    words = [sys.executable, "imports.py"]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Attempted to log scalar metric accuracy:",
        "0.9",
        "sdk-not-here",
        "not of v1",
    ]


def test_a_deployment_that_is_refused_says_why_wherever_it_is_asked(terminal: Terminal) -> None:
    (terminal.folder / "old.yml").write_text("dependencies:\n  - python=3.5\n  - pip:\n    - azureml-defaults\n")
    text = CONNECT + (
        "from azureml.core import Environment\nfrom azureml.core.model import InferenceConfig, Model\n"
        "from azureml.core.webservice import AciWebservice\n"
        "config = InferenceConfig('score.py', environment=Environment.from_conda_specification('old', 'old.yml'))\n"
        "try:\n    service = Model.deploy(ws, 'refused-one', [], config, AciWebservice.deploy_configuration())\n"
        "    service.wait_for_deployment()\n"
        "except Exception as error:\n    print('Python 3.5 is older than 3.6' in str(error), error.code)\n"
        "print(service.state, service.scoring_uri, 'Python 3.5 is older than 3.6' in service.get_logs())\n"
        "open('no_run.py', 'w').write('def init():\\n    pass\\n')\n"
        "config = InferenceConfig('no_run.py', environment=Environment('light'))\n"
        "try:\n    Model.deploy(ws, 'refused-two', [], config, AciWebservice.deploy_configuration())"
        ".wait_for_deployment()\n"
        "except Exception as error:\n    print(error.code, error.fix)\n"
        "from azureml.core.image import ContainerImage\n"
        "open('dots.py', 'w').write('from . import helpers\\n' + open('score.py').read())\n"
        "try:\n    ContainerImage.create(ws, 'dots', [], ContainerImage.image_configuration('dots.py', 'python'))"
        ".wait_for_creation()\n"
        "except Exception as error:\n    print(error.code, error.fix)\n"
    )
    done = run(terminal, text)
    assert done.stdout.splitlines()[:2] == ["True check-failed", "Failed None True"], done.stderr
    assert done.stdout.count("check-failed Fix the errors and deploy again.") == 2, "a script has no --skip-checks"


def test_a_local_service_goes_on_to_aci_and_a_build_context_is_a_dockerfile(terminal: Terminal) -> None:
    context = terminal.folder / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM x.invalid/image:1\nCOPY --from=other /a /b\n")
    text = CONNECT + (
        "from azureml.core import Environment, Model\nfrom azureml.core.model import InferenceConfig\n"
        "from azureml.core.environment import DockerBuildContext\n"
        "from azureml.core.webservice import AciWebservice, LocalWebservice\n"
        "config = InferenceConfig('score.py', environment=Environment('light'))\n"
        "local = Model.deploy(ws, 'at-home', ['plain/model.json'], config, LocalWebservice.deploy_configuration())\n"
        "local.wait_for_deployment()\n"
        "configuration = AciWebservice.deploy_configuration(auth_enabled=True)\n"
        "try:\n    local.deploy_to_cloud(deployment_config=configuration)\n"
        "except Exception as error:\n    print(error.code)\n"
        "far = local.deploy_to_cloud('far-away', configuration)\nfar.wait_for_deployment()\n"
        "print(type(far).__name__, far.run('{\"data\": [[2, 3]]}'), [one.id for one in far.models])\n"
        "far.delete()\nlocal.delete()\n"
        "made = Environment.from_docker_build_context('mine', DockerBuildContext.from_local_directory(ws, 'context'))\n"
        "print(made.docker.base_dockerfile.split()[1], made.python.user_managed_dependencies)\n"
        "open('context/Dockerfile', 'a').write('COPY a b\\n')\n"
        "try:\n    DockerBuildContext.from_local_directory(ws, 'context')\n"
        "except Exception as error:\n    print(error.code)\n"
    )
    done = run(terminal, text)
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert "service-exists" in told, told
    assert "AciWebservice [5] ['model.json:1']" in told
    assert told[-2:] == ["x.invalid/image:1 True", "sdk-not-here"]


def test_what_a_training_script_uploads_by_hand_is_registered(terminal: Terminal) -> None:
    """Without a run around it, as in v1; the table that it trains with is a dataset of the workspace."""
    config = (terminal.folder / ".file-path" / "ws_config.json").read_text()
    text = (
        "from azureml.core import Dataset, Model, Run\n"
        "run = Run.get_context()\nprint(run.id[:11], hasattr(run, 'experiment'))\n"
        "open('config.json', 'w').write(CONFIG)\nws = run.experiment.workspace\n"
        "print(hasattr(run, 'experiment'), getattr(run, 'experiment',\n    None) is None)\n"
        "open('table.csv', 'w').write('age,name\\n41,Ada\\n,Bo\\n')\n"
        "Dataset.Tabular.from_delimited_files('table.csv').register(ws, 'people')\n"
        "print(run.input_datasets['people'].take(2)._rows)\n"
        "Run.get_context().upload_file('outputs/best.json', 'plain/model.json')\n"
        "model = run.register_model('by-hand', 'outputs/best.json', tags={'a': '1'})\n"
        "print(model.id, Model(ws, 'by-hand').tags)\n"
        "try:\n    run.register_model('nothing', 'outputs/other.json')\n"
        "except Exception as error:\n    print(error.code)\n"
    ).replace("CONFIG", repr(config))
    done = run(terminal, text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "OfflineRun_ False",
        "False True",
        '[\'{"age": 41, "name": "Ada"}\', \'{"age": null, "name": "Bo"}\']',
        "Attempted to track file outputs/best.json at plain/model.json",
        "Registering model by-hand",
        "by-hand:1 {'a': '1'}",
        "file-not-found",
    ]


def test_runs_datasets_files_and_clusters(terminal: Terminal) -> None:
    text = CONNECT + (
        "from azureml.core import ComputeTarget, Dataset, Datastore, Experiment, Model, Run\n"
        "from azureml.core.compute import AksCompute\n"
        "from azureml.exceptions import ComputeTargetException, UserErrorException\n"
        "from azureml.train.automl.run import AutoMLRun\n"
        f"run = Run.get(ws, {CHILD!r})\n"
        "print(run.status, run.get_metrics(), run.get_file_names(), run.experiment.name)\n"
        "run.download_file('outputs/sklearn_mnist_model.pkl', 'fetched/model.pkl')\n"
        "print(open('fetched/model.pkl').read(), len(list(Experiment(ws, 'iris').get_runs())))\n"
        "try:\n    run.download_file('outputs/missing.pkl')\n"
        "except UserErrorException as error:\n    print(error.code)\n"
        f"best = AutoMLRun(Experiment(ws, 'iris'), {PARENT!r}).register_model(model_name='best')\n"
        "print(best.run_id, best.experiment_name, best.run.id == best.run_id)\n"
        "store = Datastore.get_default(ws)\n"
        "store.upload_files(['score.py'], target_path='kept', show_progress=False)\n"
        "print(store.download('back', 'kept'), open('back/kept/score.py').read() == open('score.py').read())\n"
        "open('rows.txt', 'w').write('[1]\\n[2]\\n')\n"
        "rows = Dataset.Tabular.from_delimited_files('rows.txt', header=False).register(ws, 'rows')\n"
        "print(rows.id, Dataset.get_by_name(ws, 'rows').take(1)._rows, list(ws.datasets))\n"
        "try:\n    ComputeTarget(ws, 'cluster')\nexcept ComputeTargetException:\n"
        "    ComputeTarget.create(ws, 'cluster', AksCompute.provisioning_configuration())\n"
        "print(type(ComputeTarget(ws, 'cluster')).__name__, list(ws.compute_targets))\n"
        "model = Model.register(ws, 'models', 'several', child_paths=['encoder.pkl', 'model.h5'], tags={'a': '1'})\n"
        "found = [one.id for one in Model.list(ws, tags=[['a', '1']])]\n"
        "print(model.download('there'), found, model.serialize()['tags'])\n"
        "model.add_tags({'a': '2', 'b': '3'})\nmodel.remove_tags('c')\nprint(model.tags)\n"
        "model.delete()\nprint([one.id for one in Model.list(ws, 'several')])\n"
    )
    done = run(terminal, text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Completed {'accuracy': 0.9} ['outputs/model.pkl', 'outputs/sklearn_mnist_model.pkl'] iris",
        "model 2",
        "run-artifact-missing",
        f"{CHILD} iris True",
        "1 True",
        "rows:1 ['[1]'] ['rows']",
        "AksCompute ['cluster']",
        "Registering model several",
        "there/models ['several:1'] {'a': '1'}",
        "Replacing tag a -> 1 with a -> 2",
        "Model tag add operation complete.",
        "Tag with key c not found.",
        "Model tag remove operation complete.",
        "{'a': '2', 'b': '3'}",
        "[]",
    ]


EVERY = pytest.mark.long("the same script in each Python of the machine")


@pytest.mark.parametrize("python", [pytest.param(each, marks=EVERY) for each in interpreters.found().values()], ids=str)
def test_every_python_runs_a_script(terminal: Terminal, python: Path) -> None:
    text = CONNECT + (
        "from azureml.core import Model\nimport azureml.train.automl.run, azureml.core.webservice, azureml.core.image\n"
        "print(Model.register(ws, 'plain/model.json', 'everywhere').name)\n"
    )
    (terminal.folder / "deploy.py").write_text(text)
    done = terminal.run("sdk", "run", "--python", str(python), "deploy.py")
    assert done.stdout.splitlines()[-1:] == ["everywhere"], done.stderr


PATHS = """
from pathlib import Path
import json
from azureml.core import Dataset, Environment, Experiment, Model, ScriptRunConfig, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
ws = Workspace.from_config(Path('.file-path') / 'ws_config.json')
here = Path('by-path')
for folder in (here, here / 'a'):
    folder.mkdir()
Path('by-path/env.yml').write_text('dependencies:\\n- pip:\\n  - azureml-defaults\\n')
Path('by-path/requirements.txt').write_text('numpy\\n')
Path('by-path/score.py').write_text('def init():\\n    pass\\n\\n\\ndef run(data):\\n    return data\\n')
Path('by-path/train.py').write_text('')
Path('by-path/a/rows.csv').write_text('a,b\\n1,2\\n')
environment = Environment.from_conda_specification('by-path', here / 'env.yml')
Environment.from_pip_requirements('by-path-2', here / 'requirements.txt')
CondaDependencies(here / 'env.yml').save_to_file(here, 'copy.yml')
environment.save_to_directory(here / 'saved')
print(Environment.load_from_directory(here / 'saved').name)
InferenceConfig(entry_script='score.py', source_directory=here, environment=environment)
InferenceConfig(entry_script=Path('score.py'), source_directory=here, runtime='python', conda_file=Path('env.yml'))
rows = Dataset.Tabular.from_delimited_files(here / 'a' / 'rows.csv')
model = Model.register(ws, here / 'a', 'by-path', sample_input_dataset=rows, datasets=[('training', rows)])
print(sorted(ws.datasets))
rows.register(ws, 'rows of a table')
print(Dataset.get_by_name(ws, 'rows of a table', 1).name)
model.download(here / 'got', exist_ok=True)
store = ws.get_default_datastore()
store.upload_files([here / 'a' / 'rows.csv'], target_path=Path('x'))
store.upload(here / 'a', 'y')
store.download(here / 'back')
print(Dataset.Tabular.from_delimited_files((store, Path('x/rows.csv'))).to_pandas_dataframe().shape)
run = Experiment(ws, 'by-path').start_logging(snapshot_directory=None)
run.upload_file('r.csv', str(here / 'a' / 'rows.csv'))  # the SDK refuses others here
run.upload_folder('f', here / 'a')
run.download_file('r.csv', here / 'r.csv')
run.download_files('f', here / 'fs')
run.register_model('of-the-run', './r.csv', sample_input_dataset=rows)
run.complete()
ScriptRunConfig(source_directory=here, script=Path('train.py'), arguments=['--a', here])
ws.write_config(here)
print(sorted(p.as_posix() for p in here.rglob('*') if p.is_file() and 'saved' not in p.parts))
"""


def test_each_path_may_be_one_of_pathlib(terminal: Terminal) -> None:
    done = run(terminal, PATHS)
    assert done.returncode == 0, done.stderr
    lines = [each for each in done.stdout.splitlines() if not each.startswith(("Upload", "Registering"))]
    assert lines[0] == "by-path"
    assert lines[1] == "['by-path-input', 'by-path-training']"
    assert lines[2] == "rows of a table"
    assert lines[3] == "(1, 2)"
    for name in (
        "copy.yml",
        "got/a/rows.csv",
        "back/y/rows.csv",
        "r.csv",
        "fs/f/rows.csv",
    ):
        assert f"'by-path/{name}'" in lines[4], name


def test_a_target_that_is_taken_to_be_there_is_of_the_kind_that_the_script_uses_it_as(terminal: Terminal) -> None:
    """Only a notebook's machine can be stopped, and scripts wait until it is; what was created stays what it is."""
    text = (
        "from azureml.core import Workspace\nfrom azureml.core.compute import AmlCompute, ComputeTarget\n"
        "ws = Workspace.create('kinds', exist_ok=True)\n"
        "box = ComputeTarget(ws, 'box')\nprint(box.type, box.get_status().state, hasattr(box, 'stop'))\n"
        "box.stop(wait_for_completion=False, show_output=True)\n"
        "print(type(box).__name__, box.type, ComputeTarget(ws, 'box').get_status().state)\n"
        "box.start()\nws.compute_targets['pad'].restart()\n"
        "print(box.get_status().state, sorted((each.name, each.type) for each in ws.compute_targets.values()))\n"
        "made = ComputeTarget.create(ws, 'made', AmlCompute.provisioning_configuration('x'))\n"
        "for call in (lambda: made.stop(), lambda: ComputeTarget(ws, 'any').nonsense):\n"
        "    try:\n        call()\n    except AttributeError as error:\n        print(error)\n"
    )
    done = run(terminal, text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "AmlCompute Running False",
        "ComputeInstance ComputeInstance Stopped",
        "Running [('box', 'ComputeInstance'), ('pad', 'ComputeInstance')]",
        "'AmlCompute' object has no attribute 'stop'",
        "'AmlCompute' object has no attribute 'nonsense'",
    ]


def test_arguments_that_azure_does_not_take_are_no_arguments_here_either(terminal: Terminal) -> None:
    (terminal.folder / "rows.csv").write_text("a\n1\n")
    calls = (
        "Datastore.register_azure_blob_container(ws, 'a', 'c', account_name='x', key_of_mine='k')",
        "Datastore.register_azure_file_share(ws, 'a', 's', 'x', accountkey='k')",
        "Datastore.register_azure_data_lake(ws, 'a', 's', tenant='t')",
        "Datastore.register_azure_data_lake_gen2(ws, 'a', 's', 'x', tenant='t')",
        "Datastore.register_azure_blob_container(ws, 'a', 'c')",
        "Dataset.from_delimited_files('rows.csv', seperator=';')",
        "Dataset.from_delimited_files('rows.csv', skip_rows=1)",
        "cpus.update(nodes=3)",
    )
    text = (
        "from azureml.core import ComputeTarget, Dataset, Datastore, Workspace\nws = Workspace.get('local')\n"
        f"cpus = ComputeTarget(ws, 'cpus')\nfor call in {calls!r}:\n"
        "    try:\n        eval(call)\n    except Exception as error:\n"
        "        print(type(error).__name__, ' '.join(str(error).split()), getattr(error, 'code', ''))\n"
        "Datastore.register_azure_blob_container(ws, 'b', 'c', 'x', None, 'key', 'https', None, True, False)\n"
        "cpus.wait_for_completion(True, None, 20)\n"
    )
    done = run(terminal, text)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[:8]] == [*["TypeError"] * 6, "UserErrorException", "TypeError"], lines
    names = ("key_of_mine", "accountkey", "tenant", "tenant", "account_name", "seperator", "skip_rows", "nodes")
    assert [name for name, line in zip(names, lines, strict=False) if name not in line] == []
    assert lines[6].endswith("sdk-not-here")
    assert lines[8] == "Succeeded"
