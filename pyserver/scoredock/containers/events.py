"""Events of the containers of a workspace, as the daemon reports them: one that is killed from outside is known at
once."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Iterator
from typing import Any, Literal

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors
from scoredock.errors import DockerFailed
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken

Kind = Literal["start", "die", "oom", "destroy", "pause", "unpause"]
_KINDS: tuple[Kind, ...] = ("start", "die", "oom", "destroy", "pause", "unpause")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class ContainerEvent:
    """One thing that happened."""

    kind: Kind
    service: str
    container: str
    """Id."""
    at: float
    """Seconds since the epoch, by the daemon's clock."""


def events(docker: Docker, workspace: str, cancel: CancelToken | None = None) -> Iterator[ContainerEvent]:
    """Events from now on, as they happen, until cancelled; blocks in between.

    `workspace` is the label's value: the workspace's folder. Raises ScoredockError `docker-unavailable` when the daemon
    goes away; nothing of the time until the next call is reported, so look at everything once then.
    """
    token = cancel or CancelToken()
    since = _now(docker)
    # Its types know whole seconds only.
    api: Any = docker.patient
    while not token.cancelled:
        with docker_errors(l10n.t("follow the events of containers")):
            stream = api.events(
                since=since,
                decode=True,
                filters={"type": "container", "label": f"com.scoredock.workspace={workspace}", "event": list(_KINDS)},
            )
            token.on_cancel(lambda opened=stream: _close(opened))  # type: ignore[misc]
            try:
                for raw in stream:
                    if "Actor" not in raw:
                        raise DockerFailed(l10n.t("Docker reports no events: {raw}.", raw=raw.get("message", raw)))
                    at = int(raw.get("timeNano") or 0)
                    since = _stamp(at + 1)
                    actor = raw.get("Actor") or {}
                    attributes = actor.get("Attributes") or {}
                    kind = raw.get("Action") or raw.get("status")
                    if kind in _KINDS:
                        service = str(attributes.get("com.scoredock.service", ""))
                        yield ContainerEvent(kind, service, str(actor.get("ID", "")), at / 1e9)
            finally:
                _close(stream)
        # A stream that ends without an error: the daemon was stopped in order, or this one was closed.
        if not token.wait(0.2):
            with docker_errors("answer"):
                docker.api.ping()


def out_of_memory(docker: Docker, container: str, since: str) -> bool:
    """True if the kernel ended a process of the container for want of memory since then (RFC 3339), as far as the
    daemon remembers. Raises ScoredockError when it does not answer.
    """
    api: Any = docker.api
    with docker_errors(l10n.t("read the events of the container")):
        # Until now by its own clock: with a time to come the answer would be waited for.
        stream = api.events(
            since=_stamp(nanoseconds(since)),
            until=_now(docker),
            decode=True,
            filters={"container": container, "event": "oom"},
        )
        try:
            return next(iter(stream), None) is not None
        finally:
            _close(stream)


def _now(docker: Docker) -> str:
    """By the clock of the daemon, which may be a virtual machine's."""
    with docker_errors(l10n.t("read its time")):
        return _stamp(nanoseconds(str(docker.api.info()["SystemTime"])))


def nanoseconds(stamp: str) -> int:
    """Nanoseconds since the epoch for a time as the daemon writes it (RFC 3339); 0 for any other text."""
    met = _TIME.fullmatch(stamp)
    if met is None:
        return 0
    whole, fraction, zone = met.groups()
    try:
        # Its own clock it tells by the time of its place.
        seconds = datetime.datetime.fromisoformat(whole + ("+00:00" if zone in "Zz" else zone)).timestamp()
    except (ValueError, OverflowError):
        return 0
    return int(seconds) * 10**9 + int((fraction or "")[:9].ljust(9, "0"))


def _stamp(at: int) -> str:
    """The one form in which the daemon takes fractions of a second."""
    return f"{at // 10**9}.{at % 10**9:09d}"


def _close(stream: object) -> None:
    closing = getattr(stream, "close", None)
    if closing is not None:
        with contextlib.suppress(Exception):  # whatever the socket below is by now
            closing()
