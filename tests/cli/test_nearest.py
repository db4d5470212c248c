"""`scoredock environment suggest` and `enable`, with the real index."""

from __future__ import annotations

import sys
from typing import Any

from packaging.version import Version

MINOR = "{}.{}".format(*sys.version_info[:2])
OLD = """name: old
dependencies:
  - python=3.6.2  # of the documents
  - scikit-learn=0.20.0
  - pip:
      - azureml-defaults
      - "requests>=2.20"
"""


def test_old_pins_are_replaced_in_place(terminal: Any) -> None:
    file = terminal.folder / "conda.yml"
    file.write_text(OLD)
    told = terminal.ok("environment", "suggest", "conda.yml")
    assert "There is no Python 3.6 here" in told
    assert "-  - python=3.6.2  # of the documents" in told
    assert file.read_text() == OLD
    found = terminal.json("environment", "suggest", "conda.yml", "--write")
    new = next(change["new"] for change in found["changed"] if change["name"] == "scikit-learn")
    assert Version("0.20.0") < Version(new) < Version("1.8")
    assert found["byHand"] == []
    replaced = OLD.replace("python=3.6.2", f"python={MINOR}").replace("scikit-learn=0.20.0", f"scikit-learn=={new}")
    written = file.read_text()
    assert written.startswith(replaced.rstrip())
    # What scikit-learn needs comes from its time; nothing else is added.
    added = dict(
        line.strip(" -").split("==") for line in written[len(replaced.rstrip()) :].splitlines() if line.strip()
    )
    assert added.keys() <= {"numpy", "scipy", "joblib", "threadpoolctl"}
    assert Version(added["numpy"]) < Version("2")
    assert "as it is" in terminal.ok("environment", "suggest", "conda.yml")


def test_a_file_that_is_not_there(terminal: Any) -> None:
    assert terminal.refused("environment", "suggest", "none.yml")["code"] == "file-unreadable"


def test_nothing_is_installed_without_a_yes(terminal: Any) -> None:
    done = terminal.run("environment", "enable", "conda", stdin="")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert "installed py-rattler" in terminal.ok("environment", "enable", "conda", "--yes")
