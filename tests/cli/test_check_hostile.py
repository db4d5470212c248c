"""`scoredock check` of files that nobody would write: an answer soon, never a traceback, never a change of a file."""

from __future__ import annotations

import codecs
import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounded import bounded_memory
from cli.conftest import Terminal
from depth import rounds
from pace import within

NAMES = (
    "score.py",
    "batch_score.py",
    "deploy.py",
    "deploy.ipynb",
    "deploy.sh",
    "pipeline.yml",
    "inferenceconfig.json",
    "deploymentconfig.yml",
    "conda.yml",
    "requirements.txt",
    "azureml_environment.json",
    "config.json",
    "swagger.json",
    "online.yml",
    "pyproject.toml",
)
SECONDS = 60.0
"""For all files together, on a busy machine."""
DEEP = 100_000


@pytest.fixture(autouse=True, scope="module")
def limits() -> Iterator[None]:
    """A command that asks for all memory fails its own test."""
    with bounded_memory():
        yield


def _nothing_broke(terminal: Terminal, *words: str) -> str:
    began = time.monotonic()
    done = terminal.run("check", *words)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    assert within(time.monotonic() - began, SECONDS)
    return done.stdout


def _bytes(seed: int) -> bytes:
    """Noise, and texts in which noise stands; half of them are UTF-8 all the same."""
    chance = random.Random(seed)
    text = (
        "def init():\n    pass\n\n\ndef run(data):\n    return data\n$schema: x\nentryScript:"
        " computeType\n[tool.scoredock]\n"
    )
    match seed % 6:
        case 0:
            return chance.randbytes(chance.choice((0, 1, 2, 3, 100, 5_000)))
        case 1:
            return text.encode(chance.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig")))
        case 2:
            at = chance.randrange(len(text))
            return text[:at].encode() + chance.randbytes(4) + text[at:].encode()
        case 3:
            return "".join(
                chr(chance.choice((0, 9, 10, 13, 34, 39, 123, 0x85, 0x2028, 0xFEFF, 0x1F642))) for _ in range(300)
            ).encode()
        case 4:
            at = chance.randrange(len(text))
            return (text[:at] + "\x00\x1b[31m\x07" + text[at:]).replace("\n", "\r\n").encode()
        case _:
            return bytes(chance.choice(b"\x00\t\n\r \"'#%&*()[]{}:,-@!|>?\\az01") for _ in range(400))


def test_arbitrary_bytes(terminal: Terminal) -> None:
    before: dict[Path, bytes] = {}
    for number in range(rounds(gate=10, long=40)):
        folder = terminal.folder / f"folder-{number}"
        folder.mkdir()
        for place, name in enumerate(NAMES):
            (folder / name).write_bytes(_bytes(number * len(NAMES) + place))
            before[folder / name] = (folder / name).read_bytes()
    assert json.loads(_nothing_broke(terminal, "--format", "json"))["findings"]
    assert json.loads(_nothing_broke(terminal, "--format", "sarif"))["version"] == "2.1.0"
    _nothing_broke(terminal, "--format", "github")
    _nothing_broke(terminal)
    assert all(path.read_bytes() == content for path, content in before.items())


def test_arbitrary_bytes_are_repaired_without_harm(terminal: Terminal) -> None:
    unread: dict[Path, bytes] = {}
    for number, name in enumerate(NAMES * 4):
        path = terminal.folder / str(number) / name
        path.parent.mkdir()
        path.write_bytes(_bytes(1_000 + number))
        try:
            path.read_bytes().decode()
        except UnicodeDecodeError:
            if not path.read_bytes().startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                unread[path] = path.read_bytes()
    _nothing_broke(terminal, "--fix")
    assert unread
    assert all(path.read_bytes() == content for path, content in unread.items())


@pytest.mark.long("tests/checks/test_fuzz.py has texts like these at the gate, for the checks alone")
def test_deep_nesting_and_long_lines(terminal: Terminal) -> None:
    head = "def init():\n    pass\n\n\ndef run(data):\n    return data\n\n\n"
    texts = {
        "brackets/score.py": head + "x = " + "[" * DEEP + "]" * DEEP,
        "calls/score.py": head + "x = " + "f(" * DEEP,
        "signs/score.py": head + "x = " + "-" * DEEP + "1\n",
        "attributes/score.py": head + "x = a" + ".b" * DEEP + "\n",
        "blocks/score.py": head + "".join(" " * n + "if x:\n" for n in range(1_000)),
        "line/score.py": head + "x = '" + "y" * 1_000_000 + "'\n",
        "tabs/score.py": head + "\t" * 1_000_000 + "x = 1\n",
        "json/inferenceconfig.json": '{"entryScript": ' + '{"a":' * DEEP,
        "list/deploymentconfig.json": '{"computeType": ' + "[" * DEEP + "]" * DEEP + "}",
        "yaml/conda.yml": "dependencies:\n- python=3.11\n- " + "[" * DEEP,
        "braces/conda.yml": "dependencies:\n- python=3.11\n- " + "{a: " * DEEP,
        "aliases/conda.yml": (
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20))
            + "dependencies:\n- pip\n"
        ),
        "merges/conda.yml": (
            "a: &a {k: 1}\n"
            + "".join(
                f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{','.join(['*' + chr(97 + n)] * 9)}]}}\n" for n in range(20)
            )
            + "dependencies:\n- pip\n"
        ),
        "cells/deploy.ipynb": '{"cells": ' + '[{"cells":' * DEEP + "azureml",
        "source/deploy.ipynb": (
            '{"cells": [{"cell_type": "code", "source": ' + "[" * DEEP + "]" * DEEP + '}], "azureml": 1}'
        ),
        "options/deploy.sh": "az ml model deploy " + "-n x " * 50_000 + "\n",
        "quotes/deploy.sh": "az ml model deploy -n " + "'\"" * 50_000 + "\n",
        "requirements.txt": "numpy" + "[" * DEEP + "\n",
        "pyproject.toml": "[tool.scoredock]\nignore = " + "[" * DEEP,
    }
    for name, text in texts.items():
        path = terminal.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    _nothing_broke(terminal)


def test_twenty_megabytes(terminal: Terminal) -> None:
    large = terminal.folder / "large" / "score.py"
    large.parent.mkdir()
    large.write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n" + "x = 1\n" * 3_500_000)
    assert large.stat().st_size > 20_000_000
    _nothing_broke(terminal)
    began = time.monotonic()
    done = terminal.run("check", "large/score.py")
    assert done.returncode == 1
    assert "larger than 2 MB" in done.stderr
    assert "Traceback" not in done.stderr
    assert within(time.monotonic() - began, 20)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_that_lead_in_circles_and_files_that_are_none(terminal: Terminal) -> None:
    folder = terminal.folder / "folder"
    folder.mkdir()
    (folder / "around").symlink_to(terminal.folder, target_is_directory=True)
    (folder / "itself").symlink_to("itself")
    (folder / "inferenceconfig.json").symlink_to("inferenceconfig.json")
    (folder / "conda.yml").symlink_to("nowhere.yml")
    os.mkfifo(folder / "score.py")
    (folder / "requirements.txt").mkdir()
    (folder / "deploymentconfig.json").symlink_to("/dev/zero")
    (folder / "swagger.json").write_text('{"$ref": "swagger.json"}')
    _nothing_broke(terminal)
    _nothing_broke(terminal, "folder", "folder/around/folder")
    for name in ("inferenceconfig.json", "score.py", "deploymentconfig.json"):
        done = terminal.run("check", f"folder/{name}")
        assert done.returncode == 1, name
        assert "file-unreadable" in done.stderr
        assert "Traceback" not in done.stderr
