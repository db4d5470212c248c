"""ParallelRunConfig of scripts of the SDK v1 as batch endpoints and deployments."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.conftest import Terminal

Loaded = Callable[[Iterable[Path]], dict[str, str]]
HEAD = """\
from azureml.core import Environment, Workspace
from azureml.core.compute import ComputeTarget
from azureml.pipeline.core import PipelineParameter
from azureml.pipeline.steps import ParallelRunConfig, ParallelRunStep

ws = Workspace.from_config()
environment = Environment.from_conda_specification("scoring", "conda.yml")
"""


def project(folder: Path, lines: str) -> Path:
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "batch_score.py").write_text("def init(): ...\n\n\ndef run(mini_batch):\n    return mini_batch\n")
    (folder / "src" / "rows.py").write_text("STEP = 1\n")
    (folder / "conda.yml").write_text("name: scoring\ndependencies: [python=3.8, {pip: [pandas]}]\n")
    (folder / "pipeline.py").write_text(HEAD + textwrap.dedent(lines))
    return folder


def batch_deployment(done: dict[str, Any]) -> dict[str, Any]:
    (text,) = (file["text"] for file in done["files"] if file["path"].endswith("default-deployment.yml"))
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def test_every_setting_has_its_key(terminal: Terminal, tmp_path: Path, loaded: Loaded) -> None:
    folder = project(
        tmp_path / "p",
        """\
        cluster = ComputeTarget(ws, "cpu-cluster")
        config = ParallelRunConfig(
            source_directory="src",
            entry_script="batch_score.py",
            environment=environment,
            compute_target=cluster,
            node_count=4,
            process_count_per_node=2,
            mini_batch_size=PipelineParameter(name="size", default_value="25"),
            error_threshold=7,
            output_action="append_row",
            append_row_file_name="scores.txt",
            run_invocation_timeout=600,
            run_max_try=2,
            logging_level="DEBUG",
            environment_variables={"ROWS": "all"},
        )
        """,
    )
    done = terminal.json("migrate", str(folder), "--output-path", str(tmp_path / "v2"))
    deployment = batch_deployment(done)
    name = deployment.pop("endpoint_name")
    del deployment["$schema"]
    assert deployment == {
        "name": "default",
        "compute": "azureml:cpu-cluster",
        "resources": {"instance_count": 4},
        "mini_batch_size": 25,
        "max_concurrency_per_instance": 2,
        "output_action": "append_row",
        "output_file_name": "scores.txt",
        "error_threshold": 7,
        "retry_settings": {"max_retries": 1, "timeout": 600},
        "logging_level": "debug",
        "code_configuration": {"code": "./default/code", "scoring_script": "batch_score.py"},
        "environment": "azureml:scoring:1",
        "environment_variables": {"ROWS": "all"},
    }
    code = tmp_path / "v2" / "batch-endpoints" / name / "default" / "code"
    assert sorted(path.name for path in code.iterdir()) == ["batch_score.py", "rows.py"]
    assert [note for note in done["notes"] if note["kind"] == "broken"] == []
    assert loaded([tmp_path / "v2"]) == {}


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ('"by-name"', "by-name"),
        ('ws.compute_targets["by-key"]', "by-key"),
        ('ComputeTarget(workspace=ws, name="by-class")', "by-class"),
        ("choose(ws)", None),
    ],
)
def test_clusters(target: str, name: str | None, terminal: Terminal, tmp_path: Path) -> None:
    line = f'ParallelRunConfig(environment, "src/batch_score.py", 1, "summary_only", {target}, 1)\n'
    done = terminal.json("migrate", str(project(tmp_path / "p", line)), "--dry-run")
    deployment = batch_deployment(done)
    assert deployment["compute"] == f"azureml:{name or 'batch-cluster'}"
    assert deployment["output_action"] == "summary_only"
    unclear = [note["key"] for note in done["notes"] if note["kind"] == "broken"]
    assert unclear == ([] if name else ["compute_target"])


def test_what_is_not_certain_or_not_in_v2_is_noted(terminal: Terminal, tmp_path: Path) -> None:
    folder = project(
        tmp_path / "p",
        """\
        config = ParallelRunConfig(
            environment=environment,
            entry_script="src/batch_score.py",
            compute_target="cpu-cluster",
            node_count=how_many(),
            error_threshold=-1,
            output_action="append_row",
            partition_keys=["user", "season"],
            allowed_failed_percent=5,
        )
        step = ParallelRunStep(
            name="score", parallel_run_config=config, inputs=[rows], output=None, arguments=["--model", "iris"]
        )
        """,
    )
    done = terminal.json("migrate", str(folder), "--dry-run")
    batches = [note for note in done["notes"] if note["subject"] == "pipeline.py:8"]
    assert {note["key"] for note in batches if note["kind"] == "broken"} == {"node_count"}
    absent = {note["key"] for note in batches if note["kind"] == "absent"}
    assert absent >= {"partition_keys", "allowed_failed_percent", "arguments"}
    assert all(note["nextStep"] for note in batches if note["kind"] in ("broken", "absent"))
    assert batch_deployment(done)["resources"] == {"instance_count": 1}
    assert batch_deployment(done)["error_threshold"] == -1


def test_a_limit_that_is_not_certain_is_left_out(terminal: Terminal, tmp_path: Path) -> None:
    """-1 would say that every failure is allowed."""
    line = 'ParallelRunConfig(environment, "src/batch_score.py", limit(), "append_row", "cpu-cluster", 1)\n'
    done = terminal.json("migrate", str(project(tmp_path / "p", line)), "--dry-run")
    assert "error_threshold" not in batch_deployment(done)
    (note,) = [each for each in done["notes"] if each["kind"] == "broken"]
    assert (note["key"], "leaves it out" in note["message"]) == ("error_threshold", True)


def test_two_runs_of_one_script_are_two_endpoints(terminal: Terminal, tmp_path: Path, loaded: Loaded) -> None:
    lines = "".join(
        f'ParallelRunConfig(environment, "src/batch_score.py", 1, "append_row", "{name}", 1)\n' for name in ("a", "b")
    )
    done = terminal.json("migrate", str(project(tmp_path / "p", lines)), "--output-path", str(tmp_path / "v2"))
    texts = [file["text"] for file in done["files"] if file["path"].endswith("default-deployment.yml")]
    assert {yaml.safe_load(text)["compute"] for text in texts} == {"azureml:a", "azureml:b"}
    assert loaded([tmp_path / "v2"]) == {}
