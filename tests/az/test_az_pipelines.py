"""The `az ml` steps of v1 pipelines run through the `az` in front of PATH; their variables are filled in.

The pipeline is of the form of those that people publish (templates with parameters, `AzureCLI@2`, metadata handed on as
an artifact), and written anew; `test_az_published.py` runs real ones.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from cli.conftest import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
TRAIN = """
jobs:
  - job: train
    steps:
      - task: AzureCLI@2
        displayName: Install azure-cli-ml
        inputs: { scriptType: bash, scriptLocation: inlineScript, inlineScript: az extension add -n azure-cli-ml }
      - task: AzureCLI@2
        displayName: Attach
        inputs:
          inlineScript: az ml folder attach --workspace-name $(workspace_name) --resource-group $(resource_group_name)
      - task: AzureCLI@2
        displayName: Dataset
        inputs:
          inlineScript: |
            set -e
            REGISTRATION=$(az ml dataset show --name $(dataset_name) --query registration)
            echo "$REGISTRATION" > dataset.json
      - task: AzureCLI@2
        displayName: Train
        inputs:
          inlineScript: |
            az ml run submit-script \\
            --experiment-name $(experiment) \\
            --source-directory $(source_directory) \\
            --run-configuration-name train_gen \\
            --output-metadata-file run.json train.py \\
            --MODEL_NAME $(model_name)
      - task: AzureCLI@2
        displayName: Model
        inputs:
          inlineScript: |
            # The model of this build
            az ml model list --tag build_id=$(Build.BuildId) --query '[0]' > $(model_metadata_file)
"""
DEPLOY = """
parameters:
  - name: compute_target
    default: "''"
jobs:
  - job: deploy
    steps:
      - task: AzureCLI@2
        displayName: Deploy
        inputs:
          inlineScript: |
            az ml model deploy \\
            --workspace-name $(workspace_name) \\
            --resource-group $(resource_group_name) \\
            --inference-config-file $(inference_config) \\
            --model $(model_id) \\
            --name ${{ parameters.service_name }} \\
            --compute-type ${{ parameters.compute_type }} \\
            --deploy-config-file ${{ parameters.deployment_config }} \\
            --compute-target ${{ parameters.compute_target }} \\
            --tag build_id=$(Build.BuildId) \\
            --tag environment=Test \\
            --overwrite
      - task: AzureCLI@2
        displayName: Address
        inputs:
          inlineScript: |
            set -e
            export SCORING_URI=$(az ml endpoint realtime show \\
            --workspace-name $(workspace_name) \\
            --resource-group $(resource_group_name) \\
            --name ${{ parameters.service_name }} \\
            --query scoringUri -o tsv)
            echo $SCORING_URI
"""
VARIABLES = {
    "Build.BuildId": "20260707.1",
    "workspace_name": "mlwtest",
    "resource_group_name": "test-rg",
    "dataset_name": "training",
    "experiment": "an-experiment",
    "source_directory": ".",
    "model_name": "five",
    "model_metadata_file": "model.json",
    "inference_config": "inference_config.yml",
}
PARAMETERS = {
    "service_name": "sum-endpoint",
    "compute_type": "aci",
    "deployment_config": "aci_deployment_config.yml",
    "compute_target": "''",
}


def steps(text: str) -> dict[str, str]:
    """The scripts of a pipeline by the names of their steps."""
    return {name: script for name, script in _scripts(yaml.safe_load(text)) if "az " in script}


def _scripts(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        script = (node.get("inputs") or {}).get("inlineScript") if isinstance(node.get("inputs"), dict) else None
        if isinstance(script, str):
            yield str(node.get("displayName")), script
        for value in node.values():
            yield from _scripts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _scripts(value)


def filled(script: str, variables: Mapping[str, str], parameters: Mapping[str, str]) -> str:
    """As the agent fills a script in; what it does not know is the shell's."""
    script = re.sub(r"\$\{\{ *parameters\.(\w+) *\}\}", lambda found: parameters[found.group(1)], script)
    before = ""
    while script != before:  # values of variables have variables
        before = script
        script = re.sub(r"\$\(([\w.]+)\)", lambda found: variables.get(found.group(1), found.group()), script)
    return script


class Agent:
    """Runs steps as an agent of a pipeline does."""

    def __init__(self, terminal: Terminal, variables: Mapping[str, str], parameters: Mapping[str, str]) -> None:
        self.terminal = terminal
        self.variables = dict(variables)
        self.parameters = parameters
        self.tools: str = os.environ["PATH"]
        """What is on PATH behind our `az`."""
        # The command that a task prints is for its agent, which puts the folder in front of PATH.
        self.folder = terminal.ok("az", "install", "--azure-pipelines").strip().removeprefix("##vso[task.prependpath]")

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", "-c", filled(script, self.variables, self.parameters)],
            cwd=self.terminal.folder,
            env={**self.terminal.environment(), "PATH": f"{self.folder}:{self.tools}"},
            capture_output=True,
            text=True,
            timeout=200,
        )

    def ok(self, script: str) -> str:
        done = self.run(script)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def agent(terminal: Terminal, shared_environments: None) -> Agent:
    folder = terminal.folder
    (folder / "rows.jsonl").write_text('{"data": [1]}\n')
    (folder / "inference_config.yml").write_text("entryScript: score.py\nruntime: python\nsourceDirectory:\n")
    (folder / "aci_deployment_config.yml").write_text(
        "computeType: ACI\ncontainerResourceRequirements:\n  cpu: 1\n  memoryInGB: 0.5\nauthEnabled: False\n"
    )
    return Agent(terminal, VARIABLES, PARAMETERS)


def test_a_pipeline_of_v1_finds_and_deploys_its_model(agent: Agent) -> None:
    train, deploy = steps(TRAIN), steps(DEPLOY)
    agent.ok(train["Install azure-cli-ml"])
    assert json.loads(agent.ok(train["Attach"]))["Workspace name"] == "mlwtest"
    agent.terminal.ok("dataset", "register", "rows.jsonl", "-n", "training")
    agent.ok(train["Dataset"])
    assert json.loads((agent.terminal.folder / "dataset.json").read_text())["name"] == "training"
    trained = agent.run(train["Train"])
    assert trained.returncode == 1
    assert "“az ml run submit-script” submits a run as a run configuration says" in trained.stderr
    # What the training script would have registered.
    agent.ok("az ml model register -n five -p model.bin --tag build_id=$(Build.BuildId)")
    agent.ok(train["Model"])
    agent.variables["model_id"] = json.loads((agent.terminal.folder / "model.json").read_text())["id"]
    made = json.loads(agent.ok(deploy["Deploy"]))
    assert (made["computeType"], made["state"]) == ("ACI", "Healthy")
    assert made["tags"] == {"build_id": "20260707.1", "environment": "Test"}
    assert made["modelDetails"] == [{"id": "five:1"}]
    uri = agent.ok(deploy["Address"]).strip()
    assert uri == made["scoringUri"]
