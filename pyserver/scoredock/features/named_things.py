"""Things of a workspace that a request names: what a folder left in the default workspace is found by that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from scoredock.context import Context
from scoredock.features.contribution import contribution_of, contributions
from scoredock.features.workspaces.folder_workspace import are_left_behind
from scoredock.workspace import DEFAULT_ID

_SCRIPT = {"models": "model", "environment": "environment"}
_OF_NOUN: Mapping[str, Mapping[str, str]] = {
    "model": {"id": "model", "ids": "model", "name": "model", "first": "model", "second": "model", **_SCRIPT},
    "asset": {"id": "dataset environment image"},
    "dataset": {"id": "dataset", "service": "service"},
    "environment": {"id": "environment", "models": "model"},
    "build": {"id": "environment image"},
    "image": {"id": "image", "image": "image", "first": "image", "second": "image"},
    "compute": {"name": "compute"},
    "noCode": {"model": "model"},
    "task": {"name": "service"},
    "service": {"name": "service endpoint", "names": "service", **_SCRIPT, "image": "image", "compute": "compute"},
    "endpoint": {"name": "endpoint", "service": "service"},
    "log": {"name": "service", "service": "service", "services": "service"},
    "request": {"name": "service endpoint", "service": "service endpoint"},
    "package": {"image": "image", "service": "service", **_SCRIPT},
    "document": _SCRIPT,
}
"""Noun of a method → fields of its params that name something, and the kinds that it may be."""
NEW = (
    *(f"{noun}/register" for noun in ("model", "dataset", "environment", "image")),
    *(f"{noun}/create" for noun in ("image", "endpoint")),
    "compute/attach",
    "compute/meant",
    "service/deploy",
    "service/planFiles",
    "service/deployFiles",
    "service/propose",
    "model/propose",
    "environment/propose",
)
"""What makes something new, or says what would be made: in the workspace of the folder."""
LISTS = (
    *(
        f"{noun}/list"
        for noun in (
            "model",
            "asset",
            "environment",
            "image",
            "service",
            "endpoint",
            "compute",
        )
    ),
    "compute/contexts",
    "compute/dockers",
    "compute/replicas",
    "document/debugTarget",
    "model/groups",
    "service/filesBeside",
    "model/versions",
    "environment/remove",
    "environment/clean",
    "request/read",
    "workspace/writeConfig",
    "workspace/install",
    "workspace/run",
)
"""What names nothing of a workspace, or looks for what fits."""


@cache
def nameless() -> frozenset[str]:
    """All that name nothing of a workspace which is there."""
    return frozenset((*NEW, *LISTS, *(verb for each in contributions() for verb in each.nameless)))


def fields_of(method: str) -> Mapping[str, str]:
    """Fields of the params of a method (`scoredock/model/show`) that name something that is there, with the kinds of
    it."""
    tail = method.partition("/")[2]
    noun = tail.partition("/")[0]
    return {} if tail in nameless() else _OF_NOUN.get(noun) or contribution_of(noun).references


def in_its_workspace(method: str, params: Any, context: Context) -> Any:
    """The same params for the default workspace, where they name no workspace and are about what the folder left in
    that one."""
    if getattr(params, "workspace_id", None) != "":
        return params
    named = [
        (kinds, reference)
        for field, kinds in fields_of(method).items()
        for reference in _references(getattr(params, field, None))
    ]
    return replace(params, workspace_id=DEFAULT_ID) if are_left_behind(named, context) else params


def _references(value: object) -> list[str]:
    several = value if isinstance(value, (list, tuple)) else [value]
    return [each for each in several if isinstance(each, str) and each]
