"""Steps that print or give very much, or what is not text: told or taken whole, and never half."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from cli.conftest import Terminal
from pace import patience
from pipelines.conftest import put, ran, results

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
MEGABYTES = "head -c 2000000 /dev/zero | tr '\\0' a"


def workflow(terminal: Terminal, *steps: str) -> str:
    text = "".join(f"      - id: s{number}\n        run: |\n          {step}\n" for number, step in enumerate(steps))
    put(terminal.folder, {"w.yml": f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{text}"})
    return "w.yml"


def azure(terminal: Terminal, *steps: str) -> str:
    text = "".join(f"- script: |\n    {step}\n  displayName: s{number}\n" for number, step in enumerate(steps))
    put(terminal.folder, {"azure-pipelines.yml": f"steps:\n{text}"})
    return "azure-pipelines.yml"


def test_an_output_of_two_megabytes_is_whole(terminal: Terminal) -> None:
    file = workflow(
        terminal,
        f'echo "all=$({MEGABYTES})b" >> $GITHUB_OUTPUT',
        "printf %s '${{ steps.s0.outputs.all }}' | wc -c > count",
    )
    ran(terminal, file)
    assert (terminal.folder / "count").read_text().strip() == "2000001"


def test_a_command_of_two_megabytes_is_whole_and_no_program_gets_it_as_a_variable(terminal: Terminal) -> None:
    """Nor does a script become as long as anybody likes: here as on the platform that is told."""
    said = f'echo "##vso[task.setvariable variable=all%s]$({MEGABYTES} | head -c %s)b"'
    count = "printf %s '$(all)' | wc -c > count"
    ran(terminal, azure(terminal, said % (";issecret=true", 900_000), count))
    assert (terminal.folder / "count").read_text().strip() == "900001"
    run = ran(terminal, azure(terminal, said % (";issecret=true", 2_000_000), count), code=1)
    assert run["jobs"][0]["steps"][1]["message"] == "The expression makes more than 1,000,000 characters."
    run = ran(terminal, azure(terminal, said % ("", 2_000_000), "true"), code=1)
    _, step = run["jobs"][0]["steps"]
    assert step["message"].startswith("The variable ALL has 1,953 kB, and Linux gives a program at most 128 kB in one")


def test_a_file_of_commands_that_is_too_large_is_told(terminal: Terminal) -> None:
    run = ran(terminal, workflow(terminal, "head -c 20000000 /dev/zero > $GITHUB_ENV"), code=1)
    (step,) = run["jobs"][0]["steps"]
    assert step["message"] == "GITHUB_ENV has 20 MB, and at most 16 MB of it are read."


def test_a_variable_that_no_program_can_have_is_told(terminal: Terminal) -> None:
    run = ran(terminal, azure(terminal, "printf '##vso[task.setvariable variable=a]x\\000y\\n'", "true"), code=1)
    assert results(run, "job") == {"s0": "success", "s1": "failure"}
    assert "“A” cannot be a variable" in run["jobs"][0]["steps"][1]["message"]


def test_what_is_no_text_is_shown_as_signs(terminal: Terminal) -> None:
    run = ran(terminal, workflow(terminal, "printf 'a\\377\\033[31mb\\000\\n'; exit 3"), code=1)
    assert run["jobs"][0]["steps"][0]["output"] == ["a\ufffd\x1b[31mb\0"]
    printed = terminal.run("pipeline", "run", "w.yml").stdout
    assert "   a\ufffd\\x1b[31mb\\x00\n" in printed


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is held by Linux")
@pytest.mark.parametrize("flood", ["head -c 300000000 /dev/zero", f"for n in {{1..40}}; do {MEGABYTES}; echo; done"])
def test_a_flood_takes_no_memory(terminal: Terminal, flood: str) -> None:
    """With 1 GB of addresses at most, which the interpreter alone takes a third of."""
    file = workflow(terminal, f"{flood}; echo; echo and the end; exit 3")
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30));"
    code += "from scoredock.cli.main import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, "pipeline", "run", file, "--json"]
    process = subprocess.run(
        words, cwd=terminal.folder, env=terminal.environment(), capture_output=True, text=True, timeout=patience(100)
    )
    assert process.returncode == 1, process.stderr[-2000:]
    output = json.loads(process.stdout)["jobs"][0]["steps"][0]["output"]
    assert output[-1] == "and the end"
    assert max(map(len, output)) < 17_000
