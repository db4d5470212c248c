"""The names that may stand in a line: of models, services, environments and the like, as the workspace has them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from scoredock.features.context import Context
from scoredock.features.names import names
from scoredock.settings import Values


def named(kind: str, begun: str, given: Mapping[str, str]) -> list[str]:
    """Names of a kind, in the workspace that the line means; behind `NAME:` the versions of that one."""
    if kind == "rule":
        from scoredock.checks.catalogue import RULES

        return [rule.code for rule in RULES]
    context = Context(
        Values({}, os.environ),
        home=Path(given["--home"]).absolute() if given.get("--home") else None,
        folders=(Path.cwd(),),
        workspace=given.get("--workspace", ""),
        config=Path(given["--config"]).absolute() if given.get("--config") else None,
    )
    return names(kind, begun, context)
