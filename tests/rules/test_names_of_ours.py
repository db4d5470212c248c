"""No page, message or template has somebody install a package by a name of ours: on an index it need not be ours, and
whoever takes it runs code there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from names_of_ours import names_of_ours

ROOT = Path(__file__).parents[2]
TEXTS = (".md", ".json", ".py", ".ts", ".yml", ".yaml", ".txt", ".ipynb", ".toml", ".sh", ".mjs", ".html")
OWN = ("tests/", "pyserver/uv.lock", "package-lock.json")
"""Tests may name what must not be written."""


def test_no_text_has_somebody_install_a_name_of_ours() -> None:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [each for each in listing.splitlines() if each.endswith(TEXTS) and not each.startswith(OWN)]
    assert len(paths) > 1000
    read = {each: (ROOT / each).read_text("utf-8", "replace") for each in paths if (ROOT / each).is_file()}
    seen = {each: names_of_ours(text, pins=not each.endswith(".py")) for each, text in read.items()}
    assert {each: names for each, names in seen.items() if names} == {}


@pytest.mark.parametrize(
    "line",
    [
        "Install it with `pip install scoredock`, or run the script.",
        'command -v scoredock || python -m pip install "scoredock==0.1.0"',
        "python3 -m pip install --upgrade scoredock-azureml",
        "pip install 'scoredock[kubernetes]'",
        "uv pip install numpy scoredock_runtime",
        "uv tool install scoredock",
        "pipx install scoredock",
        "  - scoredock-runtime==0.1.0",
        "scoredock>=0.1",
    ],
)
def test_each_way_to_say_it_is_seen(line: str) -> None:
    assert names_of_ours(line) == [line.strip()]


@pytest.mark.parametrize(
    "line",
    [
        "pip install ./scoredock_azureml-0.1.0-py3-none-any.whl",
        "scoredock az install --github",
        '"$place/bin/python" -m pip install --no-index --no-deps "$packages"/*.whl',
        "scoredock-runtime==0.1.0 \\\n    --hash=sha256:0123",
        'pip install --no-deps --no-index --find-links "$here" scoredock-runtime==0.1.0',
        "python -m pip install numpy  # then run scoredock",
        "the wheels of a release bring `scoredock` with `pip install`",
    ],
)
def test_nothing_else_is(line: str) -> None:
    assert names_of_ours(line) == []
