"""In a Chinese terminal the command line speaks Chinese; what programs read stays as it is."""

from __future__ import annotations

import json
import re

import pytest

from cli.conftest import Terminal

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b(?:the|of|is|are|not|with|for|has|have|does|cannot|this|it|by)\b")
CODE = re.compile(r"`[^`]*`|“[^”]*”")


@pytest.fixture
def chinese(terminal: Terminal) -> Terminal:
    terminal.env["LC_ALL"] = "zh_CN.UTF-8"
    return terminal


@pytest.mark.parametrize("words", [(), ("model",), ("model", "register"), ("service", "deploy"), ("check",)])
def test_help_is_chinese(chinese: Terminal, words: tuple[str, ...]) -> None:
    told = chinese.ok(*words, "--help").partition("\n\n")[2]  # Behind the usage.
    told = told.replace("show this help message and exit", "").replace("show program's version number and exit", "")
    assert CHINESE.search(told)
    assert ENGLISH.findall(CODE.sub("", told)) == []


def test_results_and_errors_are_chinese(chinese: Terminal) -> None:
    assert chinese.ok("model", "list") == "没有模型；使用 `scoredock model register PATH` 注册\n"  # noqa: RUF001
    assert chinese.ok("model", "register", "model.bin", "--name", "five").startswith("已注册 five:1")
    refused = chinese.run("model", "list", "--limit", "0")
    assert refused.returncode == 2
    assert refused.stderr.startswith("scoredock: --limit 必须为 1 或更大。")
    missing = chinese.run("check", "nowhere.py")
    assert missing.returncode == 1
    assert missing.stderr.startswith("错误")
    assert "检查路径。" in missing.stderr


def test_columns_stand_below_each_other(chinese: Terminal) -> None:
    chinese.ok("model", "register", "model.bin", "--name", "five", "--tag", "stage=tried")
    head, row = chinese.ok("model", "list").splitlines()
    before = head.partition("标记")[0]
    assert len(before) + len(CHINESE.findall(before)) == row.index("stage=tried")


def test_json_stays_english(chinese: Terminal) -> None:
    assert chinese.refused("model", "show", "nope")["fix"].startswith("Run `scoredock model list`")
    (chinese.folder / "score.py").write_text("def init():\n    pass\n")
    for form in ("json", "sarif"):
        told = chinese.run("check", "score.py", "--format", form)
        assert not CHINESE.search(json.dumps(json.loads(told.stdout), ensure_ascii=False))
    assert CHINESE.search(chinese.run("check", "score.py").stdout)
