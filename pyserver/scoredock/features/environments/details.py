"""Everything about one environment: as it is written, and as it is installed."""

from __future__ import annotations

import re
from dataclasses import field

from scoredock.environments.keeping import EnvironmentDetail
from scoredock.errors import ScoredockError
from scoredock.features.environments.built import Built
from scoredock.late_dataclass import dataclass
from scoredock.protocol import messages
from scoredock.registry.assets import curated
from scoredock.registry.assets.environment_definition import Definition, shown_text
from scoredock.registry.assets.environments import resolve

_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*==\s*([^\s;\\]+)")
_LOCATED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*@\s*(\S+)")
_CONDA_FILE = re.compile(r"(?P<channel>.*?)/?[^/]+/(?P<name>[^/]+)-(?P<version>[^-/]+)-[^-/]+\.(?:conda|tar\.bz2)")


@dataclass
class _Requested:
    """Definition of the environment as it was asked for."""

    text: str = ""
    language: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def details(built: Built, reference: str) -> messages.EnvironmentDetails:
    """Message with everything about one environment. Raises asset-not-found, model-damaged."""
    environment = built.one(reference)
    process = next((each for each in environment.builds if each.form != "image"), None)
    detail = built.cache.inspect(process.key) if process is not None and process.key else None
    definition = _Requested() if environment.origin == "service" else _written(built, environment.id)
    return messages.EnvironmentDetails(
        environment=environment,
        text=definition.text,
        language=definition.language,
        folder=str(detail.folder) if detail is not None else "",
        packages=installed(detail) if detail is not None else [],
        lock=detail.hashed_lock or detail.lock if detail is not None else "",
        conda_lock=detail.conda_lock if detail is not None else "",
        variables=definition.variables,
        notes=list(dict.fromkeys([*definition.notes, *(detail.notes if detail is not None else ())])),
    )


def installed(detail: EnvironmentDetail) -> list[messages.EnvironmentPackage]:
    """The packages of a lock, by name."""
    found = [*_of_pip(detail.lock), *_of_conda(detail.conda_lock)]
    return sorted(found, key=lambda each: each.name.casefold())


def _of_pip(lock: str) -> list[messages.EnvironmentPackage]:
    found: list[messages.EnvironmentPackage] = []
    for line in lock.splitlines():
        if match := _PINNED.match(line) or _LOCATED.match(line):
            found.append(messages.EnvironmentPackage(match[1], match[2], "pip"))
    return found


def _of_conda(lock: str) -> list[messages.EnvironmentPackage]:
    """Packages of an explicit lock: one address of a package a line."""
    found: list[messages.EnvironmentPackage] = []
    for line in lock.splitlines():
        if match := _CONDA_FILE.match(line.partition("#")[0].strip()):
            found.append(messages.EnvironmentPackage(match["name"], match["version"], "conda", match["channel"]))
    return found


def _written(built: Built, id: str) -> _Requested:
    found = resolve(built.deployments.registry.assets, id)
    definition = found.definition
    offered = None if found.registered else curated.find(found.id)
    notes = [curated.difference(offered)] if offered is not None else []
    return _Requested(
        shown_text(definition), _language(definition), dict(definition.variables or {}), [*notes, *_notes(built, id)]
    )


def _notes(built: Built, id: str) -> tuple[str, ...]:
    try:
        return built.spec(id, "process").notes
    except ScoredockError as error:
        return (f"{error.message} {error.fix}",)


def _language(definition: Definition) -> str:
    return "yaml" if definition.conda is not None else "pip-requirements" if definition.text else "dockerfile"
