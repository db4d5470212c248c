"""Every folder says in its first lines what lives there, what it may import, and what is its door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SAYING = ("analysis", "formats", "checks", "language", "lsp", "features", "scripts", "protocol")
"""Packages of the server whose folders say it; the others follow as they are put in order."""
TABLES_ONLY = {"protocol/messages"}
"""Folders whose page says something else first: this one begins with how messages are declared."""


def silent(server: Path, packages: tuple[str, ...] = SAYING) -> Iterator[str]:
    """Folders whose first lines lack a part."""
    for package in packages:
        for init in sorted((server / package).rglob("__init__.py")):
            folder = init.parent.relative_to(server).as_posix()
            said = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
            if folder not in TABLES_ONLY and not ("May import" in said and ("Door:" in said or "Doors:" in said)):
                yield folder


def test_every_folder_says_what_it_is(root: Path) -> None:
    assert list(silent(root / "pyserver" / "scoredock")) == []


@pytest.mark.parametrize(
    "text",
    ["", '"""Rules."""\n', '"""Rules.\n\nMay import `analysis`.\n"""\n', '"""Rules. Door: `check`."""\n'],
    ids=["nothing", "a-line", "no-door", "no-imports"],
)
def test_a_silent_folder_is_noticed(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "checks" / "planted"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(text, encoding="utf-8")
    assert list(silent(tmp_path, ("checks",))) == ["checks/planted"]
