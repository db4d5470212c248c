"""Answers to every step of Deploy, from what lies in the folder and what was chosen last time."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from scoredock.errors import Place, ScoredockError
from scoredock.features.context import Context, Operation, absolute
from scoredock.features.facts import read_text
from scoredock.protocol import messages
from scoredock.registry import Registry
from scoredock.registry.models.conditions import query

_DEPTH = 2
"""Folders below the chosen one that are looked into: projects keep the script in a source directory."""
_FILES_LIMIT = 500
_CHOICES = 500
"""Newest versions that are offered; others can be named."""
_NAME_LIMIT = 32
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages"})
_KINDS = ("entry-script", "inference-config", "deployment-config", "conda", "requirements", "environment")


def propose(params: messages.ServiceProposeParams, context: Context, operation: Operation) -> messages.ServiceProposal:
    """Raises file-not-found."""
    path = absolute(params.path)
    if not os.path.exists(path):  # noqa: PTH110 (answers False where Path raises)
        raise ScoredockError("file-not-found", f"{path} does not exist.", place=Place(str(path)))
    folder = path if os.path.isdir(path) else path.parent  # noqa: PTH112
    workspace = context.workspace(params.workspace_id)
    deployments = context.deployments(workspace.id)
    found = _look(folder, context)
    last = deployments.last_request(folder)
    registry = context.workspaces.open(workspace.id)
    choices = [version.id for version in registry.page(query(), order="newest", limit=_CHOICES).models]
    existing = [view.name for view in deployments.services()]
    chosen = {kind: _first(found[kind], path) for kind in _KINDS}
    environments = [*found["conda"], *found["requirements"], *found["environment"]]
    return messages.ServiceProposal(
        name=last.name if last is not None else service_name(folder.name),
        models=_still_there(last.models or (), registry) if last is not None else choices[:1],
        model_choices=choices,
        # Without a script the configuration of the last time named one.
        entry_script=_kept(last.entry_script or None if last is not None else None, chosen["entry-script"]),
        entry_scripts=found["entry-script"],
        inference_config=_kept(last.inference_config if last is not None else None, chosen["inference-config"]),
        inference_configs=found["inference-config"],
        deployment_config=_kept(last.deployment_config if last is not None else None, chosen["deployment-config"]),
        deployment_configs=found["deployment-config"],
        environment_file=_kept(last.environment_file if last is not None else None, _first(environments, path)),
        environment_files=environments,
        environment=_known(last.environment, registry) if last is not None else "",
        environments=[each.id for each in registry.assets.records("environment", latest=True)],
        deployed_before=last is not None,
        engine="docker" if last is not None and last.engine == "docker" else "process",
        auth=last.auth if last is not None else "",
        existing_services=existing,
    )


def _still_there(references: Sequence[str], registry: Registry) -> list[str]:
    """What was asked for the last time and is there still; an alias stays one, as it may have moved on purpose."""
    found = []
    for reference in references:
        with contextlib.suppress(ScoredockError):
            model = registry.summary(reference)
            found.append(reference if "@" in reference else model.id)
    return found


def _known(environment: str, registry: Registry) -> str:
    """The environment that was named the last time, unless it is gone."""
    from scoredock.registry.assets.environment_names import environment_versions

    name, _, version = environment.partition(":")
    numbers = environment_versions(registry.assets).get(name)
    if numbers is None or (version and numbers and version not in map(str, numbers)):
        return ""
    return environment


def service_name(written: str) -> str:
    """A name inside the grammar of services (3 to 32 lowercase letters, digits and dashes) that resembles `written`."""
    name = re.sub(r"[^a-z0-9]+", "-", written.lower())
    name = re.sub(r"^[^a-z]+", "", name)[:_NAME_LIMIT].strip("-")
    return name if len(name) >= 3 else f"{name}-service".lstrip("-")


def _look(folder: Path, context: Context) -> dict[str, list[str]]:
    """Files of each kind, nearest to the folder first."""
    from scoredock.formats.document_kind import kind_of

    found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    seen = 0
    for current, folders, names in os.walk(folder):
        depth = len(Path(current).relative_to(folder).parts)
        folders[:] = sorted(
            name
            for name in folders
            if depth < _DEPTH
            and not name.startswith(".")
            and name not in _SKIPPED
            and not (Path(current) / name / "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            path = Path(current) / name
            if path.suffix.lower() not in (".py", ".json", ".yml", ".yaml", ".txt"):
                continue
            seen += 1
            if seen > _FILES_LIMIT:
                return found
            text = read_text(path, context.overlays())
            kind = kind_of(str(path), text) if text is not None else None
            if kind in found:
                found[kind].append(str(path))
    return found


def _first(paths: list[str], asked: Path) -> str:
    """The file that was asked for when it is of this kind, else the nearest one."""
    return str(asked) if str(asked) in paths else next(iter(paths), "")


def _kept(before: str | None, found: str) -> str:
    """What was chosen last time, none as well, unless the file is gone; what was found when there was no last time."""
    return before if before is not None and (not before or Path(before).exists()) else found
