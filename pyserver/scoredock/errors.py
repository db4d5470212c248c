"""The one error type that reaches a person, with a stable code, the place and the next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import ClassVar

from scoredock import l10n
from scoredock.error_codes import CODES, ErrorCode
from scoredock.late_dataclass import dataclass
from scoredock.visible import LONGEST, hidden, one_line


@dataclass(frozen=True, slots=True)
class Place:
    """Place of a failure: a file, and if known the position in it."""

    path: str
    """Absolute path of the file or folder."""
    line: int | None = None
    """Zero-based line."""
    character: int | None = None
    """Zero-based column in code points."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button that does the next step."""

    title: str
    """What the button says."""
    command: str
    """A command of the extension, `scoredock.<verb><Noun>` or one of VS Code's own."""
    arguments: tuple[str, ...] = ()


@dataclass(eq=False)
class ScoredockError(Exception):
    """A failure that a person can cause or must act on.

    `code` must be declared in `error_codes.json`; `message` is one sentence that says what happened and where,
    `fix` one sentence that says what to do next (the code's own next step when not given).
    """

    code: str
    message: str
    fix: str = ""
    place: Place | None = None
    remedies: tuple[Remedy, ...] = ()
    details: Mapping[str, str | list[str]] = field(default_factory=dict)
    """Facts for machines: names, ids, log lines. Never secrets."""

    def __post_init__(self) -> None:
        message = one_line(self.message)
        self.message = message if len(message) <= LONGEST else message[: LONGEST - 2] + "…."
        self.fix = hidden(self.fix) if self.fix else l10n.t(self.declaration.next_step)
        self.details = {
            name: [*map(hidden, each)] if isinstance(each, list) else hidden(each)
            for name, each in self.details.items()
        }
        super().__init__(self.code, self.message)

    @property
    def declaration(self) -> ErrorCode:
        """Declaration of this code in `error_codes.json`. Raises KeyError for an undeclared one, which is our own
        fault."""
        return CODES[self.code]

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()


class _OfOneCode(ScoredockError):
    """An error that callers tell from others: they catch its class, and nobody compares codes."""

    CODE: ClassVar[str]

    def __init__(
        self,
        message: str,
        fix: str = "",
        place: Place | None = None,
        remedies: tuple[Remedy, ...] = (),
        details: Mapping[str, str | list[str]] | None = None,
    ) -> None:
        super().__init__(self.CODE, message, fix, place, remedies, details or {})

    def __reduce__(self) -> tuple[object, ...]:
        """For the copies of this process, which hand their errors over: the code is not an argument of ours."""
        return type(self), (self.message,), self.__dict__


class Cancelled(_OfOneCode):
    """The person gave the work up; nothing of it is left."""

    CODE = "cancelled"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or l10n.t("The operation was cancelled."))


class DiskFull(_OfOneCode):
    """There is no space for what was to be written."""

    CODE = "disk-full"


class DockerUnavailable(_OfOneCode):
    """No Docker answers, or it does not answer any more."""

    CODE = "docker-unavailable"


class ImageMissing(_OfOneCode):
    """Docker does not have an image."""

    CODE = "image-missing"


class ArtifactMissing(_OfOneCode):
    """An MLflow run or model holds no such file."""

    CODE = "run-artifact-missing"


class ServiceBusy(_OfOneCode):
    """Another change of the service is under way."""

    CODE = "service-busy"


class ServiceStateInvalid(_OfOneCode):
    """The service is in no state for what was asked."""

    CODE = "service-state-invalid"


class WorkspaceDamaged(_OfOneCode):
    """The store of a workspace cannot be read."""

    CODE = "workspace-damaged"


class ServiceNotFound(_OfOneCode):
    """The workspace has no such service."""

    CODE = "service-not-found"

    @classmethod
    def of_name(cls, name: str, versions: Sequence[str]) -> ServiceNotFound:
        """`versions`: the services of the endpoint that has the name; empty where none has it."""
        if not versions:
            return cls(l10n.t("The workspace has no service {name}.", name=name[:64]))
        return cls(
            l10n.t("{name} is an endpoint, and no service.", name=name),
            l10n.t(
                "Run `scoredock endpoint --help` to see what to do with it, or name one of its services: {services}.",
                services=", ".join(versions),
            ),
        )


class ModelNotFound(_OfOneCode):
    """The workspace has no such model."""

    CODE = "model-not-found"


class EnvironmentOffline(_OfOneCode):
    """The package index cannot be reached."""

    CODE = "environment-offline"


class DockerFailed(_OfOneCode):
    """Docker refused a request."""

    CODE = "docker-failed"


class RegistryUnreachable(_OfOneCode):
    """A container registry does not answer, or does not answer any more."""

    CODE = "registry-unreachable"


class ClusterConfigInvalid(_OfOneCode):
    """The kubeconfig files do not say how a cluster is reached."""

    CODE = "cluster-config-invalid"


class ClusterUnreachable(_OfOneCode):
    """The API server of a cluster does not answer, or cannot do its work for now."""

    CODE = "cluster-unreachable"


class ClusterLoginFailed(_OfOneCode):
    """A cluster does not accept who asks, or the program that logs in failed."""

    CODE = "cluster-login-failed"


class ComputeChanged(ClusterLoginFailed):
    """Sign-in at a compute target, or its place, that is not what a person confirmed. Nothing was run or sent."""

    CODE = "compute-changed"


class ComputeUnconfirmed(ClusterLoginFailed):
    """Nobody has said yes to what a compute target runs or is sent. Nothing was run or sent."""

    CODE = "compute-unconfirmed"


class ClusterNotAllowed(_OfOneCode):
    """The login lacks a right in a cluster."""

    CODE = "cluster-not-allowed"


class ClusterRefused(_OfOneCode):
    """A cluster takes the request, and not what is in it."""

    CODE = "cluster-refused"
