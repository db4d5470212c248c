"""Builds, or finds, the environment of a conda file in the default workspace and prints where it is as JSON.

Deploying with the same file uses the same environment; the demo trains in it, so that the pickle fits what serves it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from scoredock.analysis.facts import Facts
from scoredock.checks.configs.environment.conda import parse_conda
from scoredock.data_folder import data_home
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import from_conda
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken
from scoredock.workspace import Workspaces


class Lines:
    """Progress as lines on standard error."""

    def report(self, message: str, percentage: int | None = None) -> None:
        print(message, file=sys.stderr)

    def output(self, line: str) -> None:
        print(f"  {line}", file=sys.stderr)


def main() -> int:
    """Exit code 1 with one sentence when it cannot be built."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("conda_file", type=Path)
    file = parser.parse_args().conda_file.resolve()
    text = file.read_text(encoding="utf-8")
    conda, findings = parse_conda(text, Facts(path=str(file)))
    if conda is None:
        print("\n".join(finding.message for finding in findings), file=sys.stderr)
        return 1
    workspace = Workspaces(data_home()).resolve(None)
    cache = EnvironmentCache(
        workspace.path / "environments", EnvironmentSettings(os.environ.get("SCOREDOCK_PYTHON", ""))
    )
    try:
        built = cache.prepare(from_conda(conda, str(file)), Lines(), CancelToken())
    except ScoredockError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"key": built.key, "python": str(built.python), "size": built.size}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
