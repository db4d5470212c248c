"""The cases of nektos/act, where `SCOREDOCK_ACT` names a copy of it: no case is ours."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.act import cases_of


@pytest.mark.long("each workflow of theirs is a run of its own")
def test_no_case_of_act_is_ours(tmp_path: Path, require: Callable[..., None]) -> None:
    copy = Path(os.environ.get("SCOREDOCK_ACT", "/nonexistent"))
    require(copy.is_dir(), "a copy of nektos/act (SCOREDOCK_ACT)")
    cases = cases_of(copy, tmp_path)
    assert [case for case in cases if case.verdict == "ours"] == []
    assert sum(case.verdict == "agree" for case in cases) > 400
