"""Each rule has its texts and its two examples as files, and what is shown as right is written as one writes Python."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from scoredock.analysis import rule_pages
from scoredock.checks.catalogue import RULES

FOLDER = Path(__file__).resolve().parents[2] / "pyserver" / "rule_pages"


def test_each_rule_has_its_three_files_of_the_kind_that_it_is_about() -> None:
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    endings = {rule.code: PurePosixPath(rule.world.path).suffix for rule in RULES}
    texts = {f"{code}/rule.md" for code in endings}
    examples = {f"{code}/{kind}{ending}" for code, ending in endings.items() for kind in ("bad", "good")}
    assert there == texts | examples
    assert rule_pages.FILE.read_text(encoding="utf-8") == rule_pages.document(FOLDER), "npm run generate"


@pytest.mark.parametrize("part", ["# ", "> ", "## What to do\n\n", "Source: "])
def test_a_text_without_one_of_its_parts_is_refused(part: str, tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER / "SD101", tmp_path / "SD101")
    rule_pages.document(tmp_path)
    texts = folder / "rule.md"
    texts.write_text(texts.read_text("utf-8").replace(part, "", 1), "utf-8")
    with pytest.raises(ValueError, match=r"rule\.md"):
        rule_pages.document(tmp_path)


def test_good_examples_are_formatted_and_without_faults() -> None:
    """An import alone is what some rules are about, so one that is not used is none."""
    good = sorted(map(str, FOLDER.glob("*/good.py")))
    assert len(good) > 150
    for command in (["check", "--select", "E9,F,W", "--ignore", "F401"], ["format", "--check"]):
        words = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "120", "--quiet", *good]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
