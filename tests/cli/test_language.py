"""The command line speaks the language of the terminal; what programs read stays English."""

from __future__ import annotations

import json
import re

import pytest

from cli.conftest import Terminal

CHINESE = re.compile("[\u4e00-\u9fff]")
MISSING = "def init():\n    pass\n\n\ndef run(data):\n    return json.loads(data)\n"


@pytest.mark.parametrize("variable", ["LC_ALL", "LC_MESSAGES", "LANG"])
def test_the_variables_of_posix_decide(terminal: Terminal, variable: str) -> None:
    names = dict.fromkeys(("LC_ALL", "LC_MESSAGES", "LANG"), "")
    terminal.env |= names | {variable: "zh_CN.UTF-8", "PYTHONUTF8": "1"}
    (terminal.folder / "score.py").write_text(MISSING)
    done = terminal.run("check", ".")
    assert done.returncode == 1
    assert CHINESE.search(done.stdout)
    assert CHINESE.search(done.stderr)


def test_help_and_errors_are_chinese(terminal: Terminal) -> None:
    terminal.env |= {"LC_ALL": "zh_TW.UTF-8", "PYTHONUTF8": "1"}
    assert "註冊" in terminal.ok("model", "register", "--help")
    refused = terminal.run("model", "show", "nothing")
    assert refused.returncode == 1
    assert CHINESE.search(refused.stderr)


def test_json_is_english(terminal: Terminal) -> None:
    terminal.env |= {"LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "1"}
    error = terminal.refused("model", "show", "nothing")
    assert error["code"] == "model-not-found"
    assert not CHINESE.search(json.dumps(error, ensure_ascii=False))


def test_another_language_is_english(terminal: Terminal) -> None:
    terminal.env |= {"LC_ALL": "fr_FR.UTF-8"}
    refused = terminal.run("model", "show", "nothing")
    assert not CHINESE.search(refused.stderr)
