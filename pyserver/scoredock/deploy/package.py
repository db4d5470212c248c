"""Writes a deployed service as a Docker build context: a folder that builds and runs where there is no Scoredock."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scoredock.deploy.image_files import APP, SERVICE, dockerfile, readme, require_image, requirements_text
from scoredock.deploy.plan import environment_from_json
from scoredock.deploy.staging import EXCLUDED, app_root
from scoredock.environments.build import LOCK_FILE, python_minor
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken, Progress
from scoredock.registry.faults import storing
from scoredock.registry.records import RevisionRecord
from scoredock_runtime.contract import DEBUG_PORT_VARIABLE, SPEC_FILE, ServiceSpec, to_json

if TYPE_CHECKING:
    from scoredock.deploy.supervisor import Deployments

PORT = 5001
"""Where the service listens in the container, as images of Azure ML do."""
MODEL_MAP = "model_config_map.json"


@dataclass(frozen=True, slots=True)
class Account:
    """What the workspace is in Azure ML; empty for one that is only here."""

    subscription_id: str
    resource_group: str
    name: str
    workspace_id: str


@dataclass(frozen=True, slots=True)
class Packaged:
    """A finished package."""

    folder: Path
    image: str
    """The name that its README gives the image."""
    base_image: str
    build: tuple[str, ...]
    """The command that makes the image, to be run in the folder."""
    run: tuple[str, ...]
    notes: tuple[str, ...]
    """What is different from the service here, one sentence each."""


def package(
    deployments: Deployments,
    name: str,
    target: Path,
    *,
    account: Account,
    base_image: str,
    progress: Progress,
    cancel: CancelToken,
) -> Packaged:
    """Write the current revision of a service into `target`, a folder that is new or empty.

    The folder is complete or is not there. Raises ScoredockError `base-image-invalid`, `package-target-not-empty`,
    `package-not-portable`, `service-not-found`, `service-state-invalid`, `cancelled`, and what building the environment
    raises when it is gone.
    """
    if base_image:
        require_image(base_image)
    target = Path(os.path.abspath(target))  # noqa: PTH100 (the name the person knows)
    _require_new_or_empty(target)
    revision, resolved = _current(deployments, name)
    spec = environment_from_json(resolved["environment"])
    environment = deployments.environments.prepare(spec, progress, cancel)
    wheel = deployments.environments.runtime_wheel(progress, cancel)
    lock = (environment.folder / LOCK_FILE).read_text("utf-8")
    index_url = deployments.settings.environment.index_url
    requirements, notes = requirements_text(lock, spec.requirements, index_url, name)
    variables = {key: value for key, value in resolved["variables"].items() if key != DEBUG_PORT_VARIABLE}
    if len(variables) != len(resolved["variables"]):
        notes.append(f"{DEBUG_PORT_VARIABLE} is left out: no debugger listens in a container.")
    if not sys.platform.startswith("linux"):
        notes.append("The packages were locked on this system; the image runs Linux, where others may be needed.")
    base = base_image or f"python:{python_minor(environment)}-slim"
    image = f"{name}:{revision.revision}"
    packaged = Packaged(
        folder=target,
        image=image,
        base_image=base,
        build=("docker", "build", "--tag", image, "."),
        run=("docker", "run", "--rm", "-p", f"127.0.0.1:6789:{PORT}", image),
        notes=tuple(notes),
    )
    temporary = target.parent / f".{target.name}.partial-{secrets.token_hex(4)}"
    try:
        with storing(target):
            progress.report(f"Writing {image} to {target}")
            temporary.mkdir()
            _copy_staged(app_root(deployments.registry.folder, name, revision.revision), temporary / APP, name, cancel)
            _write(temporary / APP / MODEL_MAP, json.dumps(model_map(revision.models, account), indent=2) + "\n")
            _write(temporary / "requirements.txt", requirements)
            shutil.copyfile(wheel, temporary / wheel.name)
            service = _spec(name, revision, resolved, variables, deployments.settings.start_timeout)
            (temporary / SERVICE).mkdir()
            _write(temporary / SERVICE / SPEC_FILE, to_json(service) + "\n")
            _write(temporary / "Dockerfile", dockerfile(name, revision.revision, base, wheel.name, PORT))
            _write(temporary / "README.md", readme(packaged, sorted(variables), list(revision.models)))
            cancel.raise_if_cancelled()
            if target.exists():
                target.rmdir()
            temporary.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return packaged


def model_map(models: Sequence[str], account: Account) -> dict[str, Any]:
    """The models of a service as Azure ML's own images list them. `models` are `name:version`."""
    newest: dict[str, dict[str, object]] = {}
    every: dict[str, dict[str, dict[str, object]]] = {}
    for model in models:
        name, _, version = model.rpartition(":")
        told: dict[str, object] = {"id": model, "name": name, "version": int(version)}
        every.setdefault(name, {})[version] = told
        if name not in newest or int(str(newest[name]["version"])) < int(version):
            newest[name] = told
    return {
        "accountContext": {
            "subscriptionId": account.subscription_id,
            "resourceGroupName": account.resource_group,
            "accountName": account.name,
            "workspaceId": account.workspace_id,
        },
        "models": newest,
        "modelsInfo": every,
    }


def _require_new_or_empty(target: Path) -> None:
    place = Place(str(target))
    try:
        if any(target.iterdir()):
            raise ScoredockError("package-target-not-empty", f"{target} is not empty.", place=place)
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise ScoredockError("file-not-found", f"The folder {target.parent} does not exist.", place=place) from None
    except NotADirectoryError:
        raise ScoredockError("package-target-not-empty", f"{target} is not a folder.", place=place) from None
    except OSError as error:
        raise ScoredockError("file-unreadable", f"{target} cannot be read: {error.strerror}.", place=place) from None


def _current(deployments: Deployments, name: str) -> tuple[RevisionRecord, Mapping[str, Any]]:
    known = deployments.ledger.require(name)
    revision = known.current
    resolved = revision.request.get("resolved") if revision else None
    if revision is None or not isinstance(resolved, dict) or not known.service.active_revision:
        raise ScoredockError(
            "service-state-invalid",
            f"The service {name} was never healthy, so there is nothing to package.",
            "Deploy it again.",
        )
    return revision, resolved


def _spec(
    name: str, revision: RevisionRecord, resolved: Mapping[str, Any], variables: Mapping[str, str], start_timeout: float
) -> ServiceSpec:
    """Secret, interpreter and folders are found out where it starts."""
    source = str(resolved["source_directory"])
    return ServiceSpec(
        name=name,
        revision=revision.revision,
        nonce="",
        python="",
        app_root=f"../{APP}",
        entry_script=str(resolved["staged_script"]),
        source_directory=Path(source).name if source else None,
        model_dir=f"../{APP}/{resolved['model_dir']}",
        port=PORT,
        host="0.0.0.0",  # noqa: S104 (in a container; what of it is reachable is decided by its -p)
        environment=dict(variables),
        start_timeout=start_timeout,
    )


def _copy_staged(root: Path, target: Path, name: str, cancel: CancelToken) -> None:
    """The staged files, readable by whoever builds the image. Links and caches that the script made are left out."""
    try:
        for base, folders, names in os.walk(root, onerror=_raise):
            cancel.raise_if_cancelled()
            folders[:] = [
                folder for folder in folders if folder not in EXCLUDED and not Path(base, folder).is_symlink()
            ]
            here = target / Path(base).relative_to(root)
            here.mkdir()
            for file in names:
                source = Path(base, file)
                if source.is_file() and not source.is_symlink():
                    shutil.copyfile(source, here / file)
                    (here / file).chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)
    except FileNotFoundError as error:
        raise ScoredockError(
            "service-state-invalid",
            f"The files of {name} went while they were copied ({error.filename}).",
            "Package it again; if that fails, deploy it again.",
        ) from None


def _raise(error: OSError) -> None:
    raise error


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8", newline="\n")
