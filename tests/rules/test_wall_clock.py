"""Stored times are compared with now in `data_folder.py` only, which says what one that lies ahead means."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "pyserver" / "scoredock"
COMPARED = re.compile(r"st_[acm]time(?!_ns)|getmtime\(")
ELSEWHERE = {
    "containers/archives.py": "whether a member is the file that was written",
    "services/access/receiving.py": "the newest first",
    "contrib/batch/domain/former_plans.py": "the newest of our own modules, beside the start of this process",
    "images/layers.py": "whether a time is set at all",
    "environments/keeping.py": "when it was used last, for people; `collect` asks `seconds_since`",
    "environments/versions/kept_answers.py": "the newest first",
    "contrib/batch/domain/work/jobs.py": "the newest first",
    "temporary/fresh_files.py": "far away from now on either side, where a disk has no locks",
}


def times_of_files(folder: Path) -> set[str]:
    texts = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.py")}
    return {name for name, text in texts.items() if COMPARED.search(text)} - {"data_folder.py"}


def test_only_files_with_a_reason_read_times_of_files() -> None:
    assert times_of_files(SERVER) == set(ELSEWHERE)


@pytest.mark.parametrize("line", ["old = time.time() - path.stat().st_mtime > 60", "os.path.getmtime(path) < before"])
def test_a_planted_comparison_is_noticed(tmp_path: Path, line: str) -> None:
    (tmp_path / "sweeping.py").write_text(f"{line}\n")
    assert times_of_files(tmp_path) == {"sweeping.py"}
