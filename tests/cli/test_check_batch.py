"""`scoredock check` looks at who starts a script before it says what its run() must be."""

from __future__ import annotations

from cli.conftest import Terminal

SCRIPT = """import os


def init():
    pass


def run(images):
    return [os.path.basename(name) for name in images]
"""
TAKES_ONE = SCRIPT.replace("[os.path.basename(name) for name in images]", "{'names': 1}")


def test_a_script_that_a_parallel_run_names_is_one_of_batches(terminal: Terminal) -> None:
    (terminal.folder / "code").mkdir()
    script = terminal.folder / "code" / "identify.py"
    script.write_text(TAKES_ONE)
    told = terminal.run("check", "--json", "code/identify.py").stdout
    assert '"SD180"' not in told
    step = 'ParallelRunConfig(source_directory="code", entry_script="identify.py", mini_batch_size="5")\n'
    (terminal.folder / "pipeline.py").write_text(f"from azureml.pipeline.steps import ParallelRunConfig\n{step}")
    refused = terminal.run("check", "--json", "code/identify.py")
    assert '"SD180"' in refused.stdout
    script.write_text(SCRIPT)
    assert terminal.run("check", "code/identify.py").returncode == 0


def test_a_script_that_takes_single_requests_stays_one(terminal: Terminal) -> None:
    """A name alone may be that of another script."""
    raw = TAKES_ONE.replace("def run", "@rawhttp\ndef run")
    (terminal.folder / "score.py").write_text(f"from azureml.contrib.services.aml_request import rawhttp\n{raw}")
    (terminal.folder / "job.yml").write_text("type: parallel\ntask:\n  entry_script: score.py\n")
    assert '"SD180"' not in terminal.run("check", "--json", "score.py").stdout
    decoded = TAKES_ONE.replace("run(images):\n", "run(raw_data):\n    json.loads(raw_data)\n")
    (terminal.folder / "score.py").write_text(f"import json\n{decoded}")
    assert '"SD180"' not in terminal.run("check", "--json", "score.py").stdout
