"""A secret of a run is nowhere to be read, in whatever form a step prints it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cli.conftest import Terminal
from pipelines.conftest import put, ran

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")
SECRET = "s3cr&t/+ \"wörd'\\<x>=?"
KEY = "-----BEGIN KEY-----\n" + "".join(f"{'MIIEvQ'[number:]}{str(number) * 58}\n" for number in range(6)) + "end\n"
FORMS = {
    "plain": 'printf %s "$V"',
    "base64": 'printf %s "$V" | base64 -w0',
    "base64 of a line": 'echo "$V" | base64 -w0',
    "base64 in lines": 'printf %s "$V" | base64',
    "basic": 'printf %s "me:$V" | base64 -w0 | tail -c +5',
    "basic of two": 'printf %s "you:$V" | base64 -w0 | tail -c +6',
    "basic of a line": 'echo "someone:$V" | base64 -w0 | tail -c +12',
    "base64 for addresses": "printf %s \"$V\" | base64 -w0 | tr +/ -_",
    "address": "python3 -c 'import os, urllib.parse as u; print(u.quote(os.environ[\"V\"], safe=\"\"))'",
    "path": "python3 -c 'import os, urllib.parse as u; print(u.quote(os.environ[\"V\"]))'",
    "query": "python3 -c 'import os, urllib.parse as u; print(u.quote_plus(os.environ[\"V\"]))'",
    "json": "python3 -c 'import os, json; print(json.dumps(os.environ[\"V\"])[1:-1])'",
    "json as it is": "python3 -c 'import os, json; print(json.dumps(os.environ[\"V\"], ensure_ascii=False)[1:-1])'",
    "xml": "python3 -c 'import os, html; print(html.escape(os.environ[\"V\"]))'",
}  # fmt: skip
"""Made by programs, as steps do; with others' part in Base64 cut off."""


def workflow(terminal: Terminal, lines: list[str], env: str = "") -> str:
    script = "".join(f"          {line}\n" for line in lines)
    put(
        terminal.folder,
        {"w.yml": f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - name: S\n        run: |\n{script}{env}"},
    )
    return "w.yml"


@pytest.mark.parametrize("value", [SECRET, KEY, "longer-than-a-line-of-base64-" * 4], ids=["signs", "lines", "long"])
def test_no_form_of_a_secret_is_printed(terminal: Terminal, value: str) -> None:
    terminal.env["V"] = value
    lines = [f"echo '== {name}'; {form}; echo" for name, form in FORMS.items()]
    env = "        env: {V: '${{ secrets.V }}'}\n"
    run = terminal.run("pipeline", "run", workflow(terminal, lines, env), "--secret", "V")
    assert run.returncode == 0, run.stderr
    blocks = run.stdout.split("== ")[2:]
    assert [block.split("\n")[0] for block in blocks] == list(FORMS)
    for block in blocks:
        name, *shown = block.rstrip().split("\n")
        # What is left is between lines, of the first byte in Base64, or of a last line of few characters.
        left = "".join(shown).replace("***", "").replace(" ", "").replace("\\n", "").replace("%0A", "").replace("=", "")
        assert "***" in block, block
        assert len(left) < 5, (name, shown)


def test_what_steps_declare_is_masked_from_the_first_line_of_the_result_on(terminal: Terminal) -> None:
    """Of a step that fails the last lines are given, and some are from before it was said."""
    lines = [
        "echo said-too-early",
        "echo ::add-mask::said-too-early",
        "echo again said-too-early | base64 -w0",
        "exit 3",
    ]
    run = ran(terminal, workflow(terminal, lines), code=1)
    text = json.dumps(run)
    assert "said-too-early" not in text
    assert run["jobs"][0]["steps"][0]["output"][0] == "***"
    put(
        terminal.folder,
        {
            "azure-pipelines.yml": "steps:\n- displayName: S\n  script: |\n"
            "    echo '##vso[task.setvariable variable=A;issecret=true]declared-here'\n"
            "    echo 'it is declared-here'\n"
            "    exit 3\n"
            "- script: echo $(A)\n  condition: always()\n  displayName: Now $(A)\n"
        },
    )
    ended = terminal.run("pipeline", "run", "azure-pipelines.yml")
    assert ended.returncode == 1
    assert "declared-here" not in ended.stdout + ended.stderr
    assert "-- Now ***\n   ***\n" in ended.stdout
    assert "declared-here" not in json.dumps(ran(terminal, "azure-pipelines.yml", code=1))


def test_overlapping_secrets_leave_no_rest_of_one_another(terminal: Terminal) -> None:
    terminal.env |= {"A": "abcdefgh", "B": "efghijkl"}
    file = workflow(terminal, ["echo .abcdefghijkl."])
    assert "   .***.\n" in terminal.ok("pipeline", "run", file, "--secret", "A", "--secret", "B")


def test_a_secret_that_is_too_short_is_said_to_be_shown(terminal: Terminal) -> None:
    terminal.env["A"] = "x"
    printed = terminal.ok("pipeline", "run", workflow(terminal, ["echo axb", "echo ::add-mask::yz"]), "--secret", "A")
    assert "axb" in printed
    assert "(A secret of 1 characters is not masked: it would hide half of the output.)" in printed
    assert printed.count("is not masked") == 2


def test_a_secret_in_a_line_that_is_too_long_to_be_read(terminal: Terminal) -> None:
    """Where it is cut, also when that is in the middle of the secret."""
    terminal.env["A"] = "middle-of-a-secret"
    lines = ["for n in 16370 16375 16384 40000; do printf '%*smiddle-of-a-secret%*s\\n' $n '' 9000 ''; done"]
    printed = terminal.ok("pipeline", "run", workflow(terminal, lines), "--secret", "A")
    assert "middle" not in printed.partition("\n   ")[2]
    assert "secret" not in printed.partition("\n   ")[2]


def test_nothing_of_a_secret_is_on_the_disk_after_a_run(terminal: Terminal, tmp_path: Path) -> None:
    terminal.env |= {"A": "canary-of-a-run", "TMPDIR": str(tmp_path / "temporary")}
    (tmp_path / "temporary").mkdir()
    lines = ["echo ${{ secrets.A }}", "az account show", "scoredock model list", "exit 3"]
    assert terminal.run("pipeline", "run", workflow(terminal, lines), "--secret", "A").returncode == 1
    for place in (terminal.home, tmp_path / "temporary"):
        for path in place.rglob("*"):
            assert "canary-of-a-run" not in path.name
            assert not path.is_file() or b"canary-of-a-run" not in path.read_bytes(), path
