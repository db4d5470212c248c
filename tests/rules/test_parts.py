"""What is written beside a target in a folder of a person's is made in one place, which removes what a kill left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WRITERS = (
    "cli",
    "features",
    "scripts",
    "packaging",
    "mlflow",
    "registry/models",
    "registry/blobs/extraction.py",
    "oci/archive.py",
)
"""What writes where a person says. The rest writes in the data folder."""
PART = re.compile(r"""with_name\(f?["']\.|\bdir=[\w.]+\.parent\b|[/]\s*f["']\.\{|\.part\b["']|\.tmp["']""")


def parts_in(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if PART.search(line)]


def test_no_command_names_a_part_of_its_own(root: Path) -> None:
    server = root / "pyserver" / "scoredock"
    files = [
        path
        for each in WRITERS
        for path in ([server / each] if each.endswith(".py") else (server / each).rglob("*.py"))
    ]
    assert len(files) > 100
    named = {str(path.relative_to(server)): lines for path in files if (lines := parts_in(path.read_text("utf-8")))}
    assert named == {}


@pytest.mark.parametrize(
    "planted",
    [
        'temporary = target.with_name(f".{target.name}.partial-{secrets.token_hex(4)}")',
        'temporary = target.parent / f".{target.name}.{os.getpid()}"',
        'beside = tempfile.mkdtemp(prefix="x", dir=folder.parent)',
    ],
)
def test_one_that_does_is_noticed(planted: str) -> None:
    assert parts_in(planted) == [planted]
