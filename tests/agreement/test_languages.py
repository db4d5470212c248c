"""Scripts, notebooks and command lines that no service runs: the language they are written in is asked."""

from __future__ import annotations

import ast
import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scoredock.analysis.rule import Rule
from scoredock.checks.catalogue import RULES
from scoredock.checks.check import check

from agreement.judges import ERRORS, PYTHON
from agreement.worlds import write

DRIVER = """
import runpy, sys
script = runpy.run_path(sys.argv[1])
script["init"]()
answer = script["run"](sys.argv[2:], **({"context": None} if "context" in script["run"].__code__.co_varnames else {}))
frames = [sys.modules["pandas"].DataFrame] if "pandas" in sys.modules else []
if not isinstance(answer, (list, *frames)):
    raise TypeError(f"{type(answer).__name__} is not a list")
"""
"""What the driver of a batch endpoint does with a mini-batch, as its documentation says."""
CLIENT = """
import runpy, sys
import requests.adapters
class Taken(BaseException): pass
def send(*_, **__): raise Taken
requests.adapters.HTTPAdapter.send = send
try:
    runpy.run_path(sys.argv[1])
except Taken:
    pass
"""
"""Runs a client up to its request."""


def _driven(path: Path) -> str:
    for name in ("one.json", "two.json"):
        (path.parent / name).write_text("[1, 2]", encoding="utf-8")
    return _said([sys.executable, "-c", DRIVER, str(path), "one.json", "two.json"], path.parent)


def _called(path: Path) -> str:
    return _said([sys.executable, "-c", CLIENT, str(path)], path.parent)


def _shell(path: Path) -> str:
    text = "az() { :; }\nset -e\n" + path.read_text(encoding="utf-8")
    return _said(["bash", "-c", text], path.parent)


def _said(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.stderr if done.returncode else ""


def _old_python(path: Path) -> str:
    try:
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 7))
    except SyntaxError as error:
        return f"SyntaxError: {error}"
    return ""


def _compiled(path: Path) -> str:
    return _said([sys.executable, "-m", "py_compile", str(path)], path.parent)


def _notebook(path: Path) -> str:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _judge(rule: Rule) -> Callable[[Path], str]:
    if rule.world.path.startswith("batch"):
        return _driven
    return {"SD155": _old_python, "SD801": _compiled, "SD840": _notebook, "SD859": _shell, "SD908": _compiled}.get(
        rule.code, _called
    )


AGAIN = {
    code: pytest.mark.long("the language itself is asked once more, in the same way, by two processes each")
    for code in ("SD181", "SD182", "SD184")
}


@pytest.mark.parametrize(
    "rule",
    [pytest.param(rule, id=rule.code, marks=AGAIN.get(rule.code, ())) for rule in ERRORS if rule.code in PYTHON],
)
def test_the_language_agrees(rule: Rule, tmp_path: Path) -> None:
    judge = _judge(rule)
    if rule.world.path.startswith("batch") and "pandas" in f"{rule.page.bad}{rule.page.good}":
        pytest.importorskip("pandas")
    told = judge(write(rule, "bad", tmp_path / "bad"))
    assert re.search(PYTHON[rule.code], told, re.DOTALL), told
    assert judge(write(rule, "good", tmp_path / "good")) == ""


def test_what_is_told_as_a_key_reaches_whoever_runs_the_script() -> None:
    """SD909: the program gets the key of an account, which is 64 bytes; from the right script it gets none."""
    rule = next(each for each in RULES if each.code == "SD909")
    (found,) = (each for each in check(rule.page.bad, rule.world.facts()) if each.code == rule.code)
    keys = [re.findall(r"AccountKey=([^;\n]+)", _given_to_az(text)) for text in (rule.page.bad, rule.page.good)]
    assert [len(base64.b64decode(key, validate=True)) for key in keys[0]] == [64]
    assert "an account key" in found.message
    assert keys[1] == []
    assert rule.code not in {each.code for each in check(rule.page.good, rule.world.facts())}


def _given_to_az(script: str) -> str:
    command = ["bash", "-c", 'az() { printf "%s\\n" "$@"; }\n' + script]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env={"STORE": ""}).stdout
