"""Lines of Azure ML CLI v2: no option and no key of theirs is passed over in silence."""

from __future__ import annotations

import pytest

from cli.conftest import Terminal


def said(terminal: Terminal, line: str) -> str:
    """What a line is answered with, in one row."""
    return " ".join(terminal.run("az", "ml", *line.split()).stderr.split())


JOB = "command: python t.py --n ${{inputs.n}}\ncode: .\ninputs:\n  n: 1\n"
ENVIRONMENTS = {
    "environment:\n  image: i\n  conda_file: conda/c.yml\n": "Install the packages of “jobs/conda/c.yml” first",
    "environment: azureml:e@latest\n": "Install the packages of “azureml:e@latest” first",
    "environment: file:../e.yml\n": "Install the packages of “e.yml” first",
    "environment:\n  image: i\n": "",
}


@pytest.mark.parametrize(("environment", "sentence"), ENVIRONMENTS.items())
def test_the_packages_of_a_job_are_named(terminal: Terminal, environment: str, sentence: str) -> None:
    (terminal.folder / "jobs").mkdir()
    (terminal.folder / "jobs" / "job.yml").write_text(JOB + environment)
    answer = said(terminal, "job create -f jobs/job.yml --stream")
    assert "scoredock sdk run t.py --n 1" in answer
    assert (sentence in answer) if sentence else ("Install" not in answer)
    assert "Not used here" not in answer


@pytest.mark.parametrize(
    ("options", "unused"),
    [
        ("--web", "Not used here: --web."),
        ("-n j --save-as s.yml --query name -o tsv", "Not used here: -n, --save-as, --query."),
        ("--set inputs.n=7 compute=azureml:c", "t.py --n 7`. Not used here: --set compute."),
    ],
)
def test_options_of_a_job_that_nothing_here_is_for_are_named(terminal: Terminal, options: str, unused: str) -> None:
    (terminal.folder / "job.yml").write_text(JOB)
    assert unused in said(terminal, f"job create -f job.yml {options}")


@pytest.mark.parametrize("line", ["job create", "model create", "compute create", "online-deployment create -e e"])
def test_a_file_that_is_not_there_is_told(terminal: Terminal, line: str) -> None:
    assert "There is no file absent.yml here." in said(terminal, f"{line} -f absent.yml")
    assert "There is no file" not in said(terminal, f"{line} -f $FILE")
