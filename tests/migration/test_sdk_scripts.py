"""Scripts of the SDK v1 in the words of azure-ai-ml: what is certain is written anew, and runs against its client; what
is not stays, with what it needs."""

from __future__ import annotations

import ast
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Terminal

HEAD = """\
from azureml.core import Environment, Model, Workspace
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, LocalWebservice, Webservice

"""
DEPLOY = (
    HEAD
    + """\
ws = Workspace.from_config()
model = Model.register(ws, "model.pkl", "prices", tags={"kind": "small"})
env = Environment.from_conda_specification("prices-env", "conda.yml")
inference_config = InferenceConfig(entry_script="score.py", source_directory="src", environment=env)
deployment_config = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=2, auth_enabled=True)
service = Model.deploy(ws, "prices", [model], inference_config, deployment_config)
service.wait_for_deployment(show_output=True)
print(service.scoring_uri, service.swagger_uri, model.id)
print(service.get_logs())
primary, secondary = service.get_keys()
service.delete()
"""
)
RECORDER = '''
"""Stands for the client: what a script asks of it is taken by the real entities, and told."""
import azure.ai.ml
from azure.ai.ml import entities


class Operations:
    def __init__(self, name):
        self._name = name

    def __getattr__(self, verb):
        def call(*given, **named):
            for each in given:
                if hasattr(each, "_to_dict"):
                    each._to_dict()
            told = [type(each).__name__ for each in given] + sorted(named)
            print("ASKED", self._name, verb, *told)
            is_entity = given and not isinstance(given[0], str)
            answer = given[0] if is_entity else entities.ManagedOnlineEndpoint(name="prices")
            answer.result = lambda: answer
            answer.primary_key = answer.secondary_key = "k"
            return answer
        return call


class Client:
    workspace_name, resource_group_name, subscription_id = "w", "g", "s"

    @classmethod
    def from_config(cls, credential, **named):
        return cls()

    def __getattr__(self, name):
        return Operations(name)


azure.ai.ml.MLClient = Client
'''


def rewritten(terminal: Terminal, folder: Path, script: str) -> tuple[str, list[dict[str, str]]]:
    """The script as it is written, empty where it stays, and what is told of it."""
    folder.mkdir(exist_ok=True)
    (folder / "deploy.py").write_text(script)
    done = terminal.json("migrate", str(folder / "deploy.py"), "--dry-run")
    text = next((file["text"] for file in done["files"] if file["path"] == "scripts/deploy.py"), "")
    if text:
        ast.parse(text)
    return text, [note for note in done["notes"] if note["subject"].startswith("deploy.py")]


def test_a_deployment_runs_against_the_entities_of_azure_ai_ml(
    terminal: Terminal, tmp_path: Path, azure_python: Path
) -> None:
    text, told = rewritten(terminal, tmp_path / "p", DEPLOY)
    assert "azureml.core" not in text
    assert [note for note in told if note["kind"] == "absent"] == []
    folder = tmp_path / "p"
    for name in ("conda.yml", "model.pkl", "src/score.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("name: x\ndependencies: [python]\n")
    (folder / "run.py").write_text(f"{RECORDER}\n{text.replace('from __future__', '# from __future__')}")
    done = subprocess.run(
        [str(azure_python), "-W", "ignore", "run.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    asked = [line for line in done.stdout.splitlines() if line.startswith("ASKED")]
    assert asked == [
        "ASKED models create_or_update Model",
        "ASKED online_endpoints begin_create_or_update ManagedOnlineEndpoint",
        "ASKED online_deployments begin_create_or_update ManagedOnlineDeployment",
        "ASKED online_endpoints begin_create_or_update ManagedOnlineEndpoint",
        "ASKED online_deployments get_logs endpoint_name lines name",
        "ASKED online_endpoints get_keys name",
        "ASKED online_endpoints begin_delete name",
    ]


@pytest.mark.parametrize(
    ("lines", "new"),
    [
        ("Model(ws, 'a')", "ws.models.get(name='a', label=\"latest\")"),
        ("Model(ws, 'a', version=3)", "ws.models.get(name='a', version=\"3\")"),
        ("Model.list(ws, name='a')", "ws.models.list(name='a')"),
        ("Webservice(ws, 'a')", "ws.online_endpoints.get('a')"),
        ("AciWebservice(workspace=ws, name='a')", "ws.online_endpoints.get('a')"),
        ("Webservice.list(ws)", "ws.online_endpoints.list()"),
        ("ws.models['a']", "ws.models.get(name='a', label=\"latest\")"),
        ("ws.webservices['a']", "ws.online_endpoints.get('a')"),
        ("Environment.get(ws, 'a', version='2')", "ws.environments.get(name='a', version='2')"),
        ("print(ws.name, ws.resource_group)", "print(ws.workspace_name, ws.resource_group_name)"),
    ],
)
def test_expressions(lines: str, new: str, terminal: Terminal, tmp_path: Path) -> None:
    text, _ = rewritten(terminal, tmp_path / "p", f"{HEAD}ws = Workspace.from_config()\n{lines}\n")
    assert text.splitlines()[-1] == new


@pytest.mark.parametrize(
    "lines",
    [
        "ws = Workspace.from_config(auth=login())\nmodel = Model(ws, 'a')",
        "def get():\n    ws = Workspace.from_config()\n    return ws\n\ndef use(ws):\n    return Model(ws, 'a')",
        "class A:\n    def __init__(self):\n        self.ws = Workspace.from_config()",
        "ws = Workspace.from_config()\nhelp_me(ws)",
    ],
)
def test_what_is_not_certain_stays(lines: str, terminal: Terminal, tmp_path: Path) -> None:
    text, told = rewritten(terminal, tmp_path / "p", f"{HEAD}{lines}\n")
    assert text == ""
    assert told
    assert all(note["nextStep"] for note in told)


def test_what_stays_keeps_what_it_needs(terminal: Terminal, tmp_path: Path) -> None:
    script = textwrap.dedent(
        """\
        from azureml.core import Dataset, Model, Workspace

        ws = Workspace.from_config()
        data = Dataset.get_by_name(ws, "rows")
        model = Model.register(ws, "model.pkl", "prices")
        """
    )
    text, told = rewritten(terminal, tmp_path / "p", script)
    assert "ws = Workspace.from_config()\nml_client = MLClient.from_config(DefaultAzureCredential())\n" in text
    assert 'data = Dataset.get_by_name(ws, "rows")' in text
    assert "model = ml_client.models.create_or_update(" in text
    assert {note["key"] for note in told} == {"Workspace.from_config", "Dataset.get_by_name"}


def test_every_sample_of_the_documents_is_still_python(
    terminal: Terminal, require: Callable[[object, str], None]
) -> None:
    samples = Path(__file__).parents[1] / "samples" / "client"
    done = terminal.json("migrate", str(samples), "--dry-run")
    written = [file for file in done["files"] if file["path"].startswith("scripts/") and file["path"].endswith(".py")]
    require(written, "scripts among the samples")
    for file in written:
        ast.parse(file["text"], file["path"])
