"""Names, parameters and defaults beside the real azureml-core, which only this test fetches; nothing of it is kept.

`SCOREDOCK_SDK_DIFFERENCES=docs/sdk-differences.md` writes the table of what differs; otherwise it is compared.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import scoredock_azureml

from .compare import Shape, differences, refused, shapes

RELEASE = "azureml-core==1.61.0.post4"
TABLE = Path(__file__).parents[2] / "docs" / "sdk-differences.md"
HEAD = f"""# How Scoredock's SDK differs from azureml-core

Written by a test (`tests/sdk/test_compared.py`) that reads the signatures of {RELEASE} beside ours.
It compares the public functions of the classes that deployment scripts use, with their parameters and defaults.
Of two lists of parameters it shows what only one of them has; what only Scoredock has is left out.
Methods that raise `sdk-not-here` say in one sentence what to do instead.
[What scripts notice besides](sdk.md#differences)

| function | azureml-core | here |
|---|---|---|
"""


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory, require: Callable[[object, str], None]) -> Path:
    """The unpacked wheel of azureml-core."""
    folder = tmp_path_factory.mktemp("azureml-core")
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), RELEASE]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    require(done.returncode == 0, f"{RELEASE} from the package index: {done.stderr[-300:]}")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "real")
    return folder / "real"


@pytest.mark.long("fetches azureml-core from PyPI")
def test_the_table_of_differences_is_true(real: Path) -> None:
    ours = Path(scoredock_azureml.FOLDER)
    found = list(differences(shapes(real, ours=False), shapes(ours, ours=True), refused(ours)))
    rows = "".join(f"| `{name}` | {_shown(theirs)} | {_shown(own)} |\n" for name, theirs, own in found)
    if os.environ.get("SCOREDOCK_SDK_DIFFERENCES"):
        Path(os.environ["SCOREDOCK_SDK_DIFFERENCES"]).write_text(HEAD + rows, encoding="utf-8")
    assert TABLE.read_text(encoding="utf-8") == HEAD + rows
    assert [name for name, _, own in found if own == "not there"] == []


def _shown(own: str) -> str:
    return own if "raises" in own or own == "—" else f"`{own}`"


def test_a_planted_difference_is_noticed() -> None:
    real = {"Model": Shape({"list": ("workspace", "name=None"), "delete": ()}, frozenset())}
    ours = {
        "Base": Shape({"delete": ()}, frozenset()),
        "Model": Shape({"list": ("workspace",)}, frozenset(), ("Base",)),
    }
    assert list(differences(real, ours, {})) == [("Model.list", "name=None", "—")]
    assert next(differences(real, {}, {"Model": {"list"}}))[2] == "raises `sdk-not-here`"
