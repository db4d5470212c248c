"""Contents of a package, decided and gathered: plain data that the writers of folders and images take."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.clusters.objects import KEY_DIGESTS, PORT
from scoredock.errors import ScoredockError
from scoredock.formats.image_reference import is_image_reference
from scoredock.images.built import DESCRIPTION
from scoredock.late_dataclass import dataclass
from scoredock.registry import ModelVersion
from scoredock.registry.grammar import printable
from scoredock_runtime.contract import ALLOWED_HOSTS, ServiceSpec

APP, SERVICE = "azureml-app", "service"
"""Folders of a package; in the image both lie in /var, so that the paths in the spec hold in either place."""
MODELS = "azureml-models"
MODEL_MAP = "model_config_map.json"
HOST_PORT = 6789
"""Where the documents of Azure ML reach a packaged model on one's own machine."""
EPOCH = 1_577_836_800
"""Time of change of every packaged file (the first second of 2020), so that equal files make equal layers."""
DEFAULT_NAME = "package"
SERVICE_LABEL = "com.scoredock.package.service"
REVISION_LABEL = "com.scoredock.package.revision"
MODELS_LABEL = "com.scoredock.package.models"
"""Labels of a package, which is not a service of this machine: those have labels of the engine's."""

_AMOUNTS = ("cpu", "memory_gb", "cpu_limit", "memory_limit_gb")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_LAST_COLON = re.compile(r":[^/]*$")


@dataclass(frozen=True, slots=True)
class PackageName:
    """Name and tag of an image."""

    name: str
    """`package`, or with the registry that it goes to: `registry.example.com/team/package`."""
    label: str
    """The tag."""

    @property
    def reference(self) -> str:
        return f"{self.name}:{self.label}"


@dataclass(frozen=True, slots=True)
class Account:
    """Identity of the workspace in Azure ML; empty for one that is only here."""

    subscription_id: str
    resource_group: str
    name: str
    workspace_id: str


@dataclass(frozen=True, slots=True)
class RequestedResources:
    """Resources that the deployment configuration requests; None if not specified."""

    cpu: float | None = None
    """Cores."""
    memory_gb: float | None = None
    """`memoryInGB`, of 2³⁰ bytes."""
    cpu_limit: float | None = None
    """Cores that it may have at most; a request limits nothing."""
    memory_limit_gb: float | None = None


@dataclass(frozen=True, slots=True)
class Hints:
    """Hints in an image for whoever exports it."""

    resources: RequestedResources = RequestedResources()
    keys: bool = False
    """Callers need a key, whose digest is handed in."""
    configuration: Mapping[str, str | int | float | bool | None] = field(default_factory=dict, hash=False)
    """Values of the deployment configuration that a cluster reads, by their paths."""

    @classmethod
    def read(cls, fields: Any) -> Hints:
        """Hints from what `asdict` wrote; empty for anything else."""
        try:
            given = fields["resources"]
            amounts = (None if (each := given.get(name)) is None else float(each) for name in _AMOUNTS)
            values = fields.get("configuration") or {}
            return cls(
                RequestedResources(*amounts),
                fields["keys"] is True,
                {str(name): value for name, value in values.items() if isinstance(value, (str, int, float))},
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            return cls()


@dataclass(frozen=True, slots=True)
class PackageSource:
    """Everything a package is made from. Equal sources make equal packages."""

    service: str
    revision: int
    code: Path
    """Folder with the entry script, or with the source directory that holds it. Only read while the package is made."""
    models: tuple[ModelVersion, ...]
    spec: ServiceSpec
    """Without secrets; its paths are relative to its own folder."""
    account: Account
    resources: RequestedResources = RequestedResources()
    configuration: Mapping[str, str | int | float | bool | None] = field(default_factory=dict, hash=False)
    """What of the deployment configuration a cluster reads."""
    registered_environment: str = ""
    """`name:version`, if the environment comes from a record."""
    commit: str = ""
    """Of git, where the files lay in one that they did not differ from."""
    notes: tuple[str, ...] = ()
    """What is different from the service here, one sentence each."""

    @property
    def asks_for_keys(self) -> bool:
        return self.spec.authentication is not None

    @property
    def hints(self) -> Hints:
        return Hints(self.resources, self.asks_for_keys, dict(self.configuration))

    @property
    def model_ids(self) -> tuple[str, ...]:
        return tuple(model.id for model in self.models)


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 in hex: equal where the same was packaged, whenever and wherever that was."""

    context: str
    """Of all that the image is made from: names, modes and bytes."""
    lock: str
    """Of the locked packages; empty for an image that was made over a built environment."""
    tree: str = ""
    """Of SHA256SUMS, and thereby of every file of a folder; empty for an image."""


@dataclass(frozen=True, slots=True)
class Packaged:
    """A finished package."""

    name: PackageName
    base_image: str
    digests: Digests
    notes: tuple[str, ...]
    folder: Path | None = None
    """Where the build context lies; None for a ready image."""
    image_id: str = ""
    """`sha256:…` of a ready image; empty for a folder."""
    size: int = 0
    """Bytes of the folder, or of the image with all its layers."""
    record: str = ""
    """`name:version` of the image's record in the workspace; empty for a folder."""
    manifest: str = ""
    """Digest of the manifest of an image that was made without Docker."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that the service has by its own spec."""
    keys: bool = False
    """Callers need a key, whose digest is handed in when it starts."""

    @property
    def build(self) -> tuple[str, ...]:
        """The command that makes the image, to be run in the folder; empty for a ready image."""
        return ("docker", "build", "--tag", self.name.reference, ".") if self.folder else ()


def run_command(reference: str, *, keys: bool) -> tuple[str, ...]:
    """Command that runs a packaged image on one's own machine: reachable from there only, and gone when it ends."""
    handed = ("--env", KEY_DIGESTS) if keys else ()
    return (
        *("docker", "run", "--rm", "-p", f"127.0.0.1:{HOST_PORT}:{PORT}", "--env", f"{ALLOWED_HOSTS}=localhost"),
        *handed,
        reference,
    )


def health_check(python: str) -> list[str]:
    """The command by which Docker asks a container of a package whether it serves; `python` runs in the image.

    A service may be served with TLS, or ask for keys; its health is plain and open in either case.
    """
    ask = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{PORT}/ready', timeout=4)"
    return [python, "-I", "-S", "-c", ask]


HEALTH_INTERVAL, HEALTH_START, HEALTH_RETRIES = 30, 300, 3
"""Seconds between two questions; seconds that init() may take before failures count; failures in a row."""


def health_options(python: str) -> dict[str, Any]:
    """The same in the words of Docker's Engine API, whose times are in nanoseconds."""
    return {
        "Test": ["CMD", *health_check(python)],
        "Interval": HEALTH_INTERVAL * 10**9,
        "Timeout": 5 * 10**9,
        "StartPeriod": HEALTH_START * 10**9,
        "Retries": HEALTH_RETRIES,
    }


def package_name(name: str, label: str, now: float | None = None) -> PackageName:
    """Name and label as they were given; without a label the time (UTC) as `20190822181338`, as Azure ML did.

    `now` is in seconds since the epoch. Raises ScoredockError `package-name-invalid`.
    """
    image_name = name or DEFAULT_NAME
    if not is_image_reference(image_name) or "@" in image_name or _LAST_COLON.search(image_name):
        raise ScoredockError(
            "package-name-invalid", l10n.t("{name} is not a valid image name.", name=printable(image_name))
        )
    tag = label or time.strftime("%Y%m%d%H%M%S", time.gmtime(now))
    if not _TAG.fullmatch(tag):
        raise ScoredockError(
            "package-name-invalid", l10n.t("{label} is not a valid image label.", label=printable(tag))
        )
    return PackageName(image_name, tag)


def labels_of(source: PackageSource) -> dict[str, str]:
    """Labels that say what a packaged image is: the standard ones, and which service, revision and models it holds.

    They depend on the source alone, so that equal sources make equal packages. Names of the first two are those of the
    OCI image specification (annotations).
    """
    models = ", ".join(source.model_ids)
    with_models = f" with {models}" if models else ""
    return {
        "org.opencontainers.image.title": source.service,
        DESCRIPTION: f"Scoring service {source.service}, revision {source.revision}{with_models}",
        SERVICE_LABEL: source.service,
        REVISION_LABEL: str(source.revision),
        MODELS_LABEL: models,
    }


def model_map(models: tuple[str, ...], account: Account) -> dict[str, Any]:
    """The models of a service as Azure ML's own images list them. `models` are `name:version`."""
    newest: dict[str, dict[str, object]] = {}
    every: dict[str, dict[str, dict[str, object]]] = {}
    for model in models:
        name, _, version = model.rpartition(":")
        fields: dict[str, object] = {"id": model, "name": name, "version": int(version)}
        every.setdefault(name, {})[version] = fields
        if name not in newest or int(str(newest[name]["version"])) < int(version):
            newest[name] = fields
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
