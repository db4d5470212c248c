"""Each rule has a bad and a good example as a file, and what is shown as right is written as one writes Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

from scoredock.checks.catalogue import RULES
from scoredock.checks.examples import FILE, document

FOLDER = Path(__file__).resolve().parents[2] / "pyserver" / "rule_examples"


def test_each_rule_has_its_two_files_of_the_kind_that_it_is_about() -> None:
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    endings = {rule.code: PurePosixPath(rule.world.path).suffix for rule in RULES}
    assert there == {f"{code}/{kind}{ending}" for code, ending in endings.items() for kind in ("bad", "good")}
    assert FILE.read_text(encoding="utf-8") == document(FOLDER), "npm run generate"


def test_good_examples_are_formatted_and_without_faults() -> None:
    """An import alone is what some rules are about, so one that is not used is none."""
    good = sorted(map(str, FOLDER.glob("*/good.py")))
    assert len(good) > 150
    for command in (["check", "--select", "E9,F,W", "--ignore", "F401"], ["format", "--check"]):
        words = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "120", "--quiet", *good]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
