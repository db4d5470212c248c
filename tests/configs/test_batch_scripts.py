"""Scripts for batches are known by whoever starts them, whatever their parameter is called."""

from __future__ import annotations

import json

import pytest
from scoredock.formats.document_kind import kind_of
from scoredock.formats.script_uses import batch_scripts

PYTHON = """
config = ParallelRunConfig(
    source_directory=folder,
    entry_script="code/digit_identification.py",
    mini_batch_size="5",
)
online = InferenceConfig(entry_script="score.py", environment=environment)
"""
FUNCTION = 'step = parallel_run_function(task=RunFunction(code="./src", entry_script="predict.py"))\n'
YAML = "type: parallel\nname: x\ntask:\n  type: run_function\n  code: ../src\n  entry_script: batch_predict.py\n"
DEPLOYMENT = (
    "$schema: https://azuremlschemas.azureedge.net/latest/batchDeployment.schema.json\nname: b\n"
    "code_configuration:\n  code: src\n  scoring_script: driver.py\n"
)
ONLINE = DEPLOYMENT.replace("batchDeployment", "managedOnlineDeployment")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (PYTHON, ["digit_identification.py"]),
        (FUNCTION, ["predict.py"]),
        (json.dumps({"cells": [{"source": PYTHON.splitlines(keepends=True)}]}), ["digit_identification.py"]),
        (YAML, ["batch_predict.py"]),
        (DEPLOYMENT, ["driver.py"]),
        (ONLINE, []),
        ("ParallelRunConfig(**settings)\n", []),
        ("", []),
    ],
)
def test_who_is_named(text: str, names: list[str]) -> None:
    assert list(batch_scripts(text)) == names


def test_the_context_of_a_mini_batch_tells_by_itself() -> None:
    text = "def init(): pass\n\ndef run(images, mini_batch_context):\n    return [mini_batch_context]\n"
    assert kind_of("/p/identify.py", text) == "batch-script"


@pytest.mark.parametrize(
    "text",
    [
        "import argparse\n\ndef run(args):\n    joblib.load(args)\n\nrun(argparse.ArgumentParser().parse_args())\n",
        "import joblib\n\ndef run(args):\n    joblib.load(args)\n\nif __name__ == '__main__':\n    run(1)\n",
    ],
)
def test_what_is_started_with_arguments_is_no_entry_script(text: str) -> None:
    assert kind_of("/p/train.py", text) is None
