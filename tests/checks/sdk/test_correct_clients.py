"""Correct scripts, notebooks and command files are never blamed, whether files around them are known or not."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.check import check
from scoredock.formats.document_kind import kind_of

_SPEC = importlib.util.spec_from_file_location("correct_clients", Path(__file__).parent / "correct_clients.py")
assert _SPEC is not None
assert _SPEC.loader is not None
_MODULE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
FILES: dict[str, str] = _MODULE.FILES


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("known", [False, True], ids=["alone", "among files"])
def test_no_error_and_no_warning(name: str, known: bool) -> None:
    path = f"/project/{name}"
    facts = (
        Facts(
            path=path,
            exists=lambda p: p.startswith("/project"),
            is_folder=lambda p: p in ("/project", "/project/src"),
        )
        if known
        else Facts(path=path)
    )
    text = FILES[name]
    assert kind_of(path, text) in ("sdk-script", "notebook", "commands")
    assert [
        (f.code, f.range.start.line + 1, f.message) for f in check(text, facts) if f.severity in ("error", "warning")
    ] == []


def test_there_are_enough() -> None:
    assert len(FILES) >= 30
