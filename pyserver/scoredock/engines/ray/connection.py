"""The job server of a Ray cluster: what it is, its nodes, and jobs there.

It is plain HTTP at the address of Ray's dashboard. A token is read where Ray itself reads it, each time anew, and is
kept nowhere.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests
import urllib3
from requests.auth import AuthBase

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.origin_session import keep_to, mount_bounded, whole_body
from scoredock.visible import remember

UNREACHABLE, TOKEN_REFUSED, NOT_A_HEAD, REFUSED = (
    "ray-unreachable",
    "ray-token-refused",
    "ray-not-a-head",
    "ray-refused",
)
ENDED = ("SUCCEEDED", "FAILED", "STOPPED")
"""States of jobs that do nothing any more."""
_SECONDS = 15.0
_UPLOAD_SECONDS = 300.0
_BODY_SECONDS = 60.0
"""For all of an answer's body, however slowly it drips."""
_LOOK_SECONDS = 0.2
_STOP_SECONDS = 40.0
_AGAIN_SECONDS = 2.5
"""More than the second after which Ray looks at its jobs again."""
_WORDS = 300


@dataclass(frozen=True, slots=True)
class RayNode:
    """A node that is alive."""

    name: str
    id: str
    cores: float
    memory_bytes: int
    gpus: int


@dataclass(frozen=True, slots=True)
class RayVersion:
    """Versions of Ray and Python in a cluster."""

    ray: str
    python: str
    """Of its nodes, `3.11.7`; empty where it does not say."""


@dataclass(frozen=True, slots=True)
class RayJob:
    """A job that was submitted."""

    status: str
    """PENDING, RUNNING, SUCCEEDED, FAILED, STOPPED."""
    message: str

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


class RayCluster:
    """One job server. Every verb raises ScoredockError `ray-unreachable`, `ray-token-refused`, `ray-not-a-head` and
    `ray-refused`."""

    def __init__(self, address: str, seconds: float = _SECONDS) -> None:
        """`address` such as `http://127.0.0.1:8265`; each answer is waited for so long."""
        self.address = address.rstrip("/")
        self._seconds = seconds
        self._session = requests.Session()
        keep_to(self._session, self.address)
        mount_bounded(self._session)
        self._session.auth = _TokenLogin()

    @property
    def host(self) -> str:
        """Host name in the address: the head node, or a proxy to it."""
        return urlsplit(self.address).hostname or ""

    def version(self) -> RayVersion:
        """The first question, as it tells a job server from something else."""
        answer = self._document("GET", "/api/version")
        if not isinstance(answer.get("ray_version"), str):
            raise self._not_a_head()
        metadata = self._optional("/api/v0/cluster_metadata").get("data", {})
        python = metadata.get("pythonVersion", "") if isinstance(metadata, Mapping) else ""
        return RayVersion(answer["ray_version"], str(python))

    def nodes(self) -> list[RayNode]:
        """Nodes that are alive; empty where the cluster does not tell."""
        answer = self._optional("/api/v0/nodes?detail=1&limit=10000")
        try:
            rows = answer["data"]["result"]["result"]
            return [_node(each) for each in rows if each["state"] == "ALIVE"]
        except (KeyError, TypeError, ValueError):
            return []

    def upload(self, name: str, content: bytes) -> str:
        """A zip file; the address by which jobs name it."""
        self._answer("PUT", f"/api/packages/gcs/{name}", data=content, timeout=(self._seconds, _UPLOAD_SECONDS))
        return f"gcs://{name}"

    def submit(self, job: Mapping[str, Any]) -> None:
        """Submits a job with a `submission_id` that no other job has."""
        self._answer("POST", "/api/jobs/", json=job, timeout=(self._seconds, 4 * _SECONDS))

    def job(self, submission: str) -> RayJob | None:
        """Job with an id; None if there is none."""
        answer = self._answer("GET", f"/api/jobs/{quote(submission)}", absent=404)
        if answer is None:
            return None
        document = self._parsed(answer)
        return RayJob(str(document.get("status") or ""), str(document.get("message") or ""))

    def log(self, submission: str) -> str:
        """Output of the job's program so far."""
        answer = self._answer("GET", f"/api/jobs/{quote(submission)}/logs", absent=404)
        return str(self._parsed(answer).get("logs") or "") if answer is not None else ""

    def remove(self, submission: str) -> None:
        """Stops it, waits for its end, and forgets it; one that is not there is no error."""
        while self._is_removed(submission):
            # What watches over a job writes its end down once more after a moment, as of a job that failed.
            time.sleep(_AGAIN_SECONDS)

    def _is_removed(self, submission: str) -> bool:
        """True if there was one."""
        deadline = time.monotonic() + _STOP_SECONDS
        is_stopping = False
        while (job := self.job(submission)) is not None and not job.has_ended and time.monotonic() < deadline:
            if not is_stopping:
                self._answer("POST", f"/api/jobs/{quote(submission)}/stop", absent=404)
                is_stopping = True
            time.sleep(_LOOK_SECONDS)
        if job is not None:
            self._answer("DELETE", f"/api/jobs/{quote(submission)}", absent=404)
        return job is not None

    def _optional(self, path: str) -> Mapping[str, Any]:
        """Empty where this release of Ray has no such answer."""
        try:
            return self._document("GET", path)
        except ScoredockError as error:
            if error.code in (UNREACHABLE, TOKEN_REFUSED):
                raise
            return {}

    def _document(self, method: str, path: str) -> Mapping[str, Any]:
        answer = self._answer(method, path)
        if answer is None:
            raise self._not_a_head()
        return self._parsed(answer)

    def _parsed(self, answer: bytes) -> Mapping[str, Any]:
        try:
            document = json.loads(answer)
        except ValueError:
            raise self._not_a_head() from None
        if not isinstance(document, Mapping):
            raise self._not_a_head()
        return document

    def _answer(self, method: str, path: str, *, absent: int = 0, **more: Any) -> bytes | None:
        """The body; None for the status `absent`."""
        settings = {"timeout": self._seconds, "stream": True, **more}
        try:
            with self._session.request(method, self.address + path, **settings) as answer:
                content = whole_body(answer, _BODY_SECONDS)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ScoredockError(
                UNREACHABLE,
                l10n.t(
                    "The Ray cluster at {address} does not answer: {reason}.", address=self.address, reason=_said(error)
                ),
            ) from None
        if answer.status_code in (401, 403):
            raise ScoredockError(
                TOKEN_REFUSED,
                l10n.t("The Ray cluster at {address} does not accept the token.", address=self.address)
                if _token()
                else l10n.t(
                    "The Ray cluster at {address} wants a token, and there is none here.", address=self.address
                ),
            )
        if answer.status_code == absent:
            return None
        if answer.status_code in (404, 405, 501) and path == "/api/version":
            raise self._not_a_head()
        if (answer.status_code >= 500 and not content) or answer.status_code in (502, 503, 504):
            raise ScoredockError(
                UNREACHABLE,
                l10n.t(
                    "The Ray cluster at {address} does not answer: {reason}.",
                    address=self.address,
                    reason=l10n.t("status {status}", status=answer.status_code),
                ),
            )
        if not answer.ok:
            raise ScoredockError(
                REFUSED,
                l10n.t(
                    "The Ray cluster at {address} refused {what}: {reason}.",
                    address=self.address,
                    what=f"{method} {path.partition('?')[0]}",
                    reason=_last_line(content.decode("utf-8", "replace")) or answer.status_code,
                ),
            )
        return content

    def _not_a_head(self) -> ScoredockError:
        return ScoredockError(
            NOT_A_HEAD,
            l10n.t("What answers at {address} is not the job server of a Ray cluster.", address=self.address),
        )


class _TokenLogin(AuthBase):
    """Login by a token as Ray's own client sends it; nothing of a .netrc file takes its place."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        token = _token()
        if token:
            remember(token)
            request.headers["Authorization"] = f"Bearer {token}"
        return request


def _token() -> str:
    """In Ray's order: RAY_AUTH_TOKEN, the file that RAY_AUTH_TOKEN_PATH names, `~/.ray/auth_token`; empty for none."""
    if os.environ.get("RAY_AUTH_MODE", "").lower() == "disabled":
        return ""
    sources: tuple[Callable[[], str], ...] = (
        lambda: os.environ.get("RAY_AUTH_TOKEN", ""),
        lambda: _text_of(Path(named)) if (named := os.environ.get("RAY_AUTH_TOKEN_PATH", "")) else "",
        lambda: _text_of(Path.home() / ".ray" / "auth_token"),
    )
    return next((token for each in sources if (token := each().strip())), "")


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")[:4096]
    except (OSError, ValueError):
        return ""


def _node(row: Mapping[str, Any]) -> RayNode:
    total = row.get("resources_total") or {}
    return RayNode(
        name=str(row.get("node_ip") or row.get("node_name") or ""),
        id=str(row["node_id"]),
        cores=float(total.get("CPU", 0.0)),
        memory_bytes=int(total.get("memory", 0)),
        gpus=int(total.get("GPU", 0)),
    )


def _said(error: BaseException) -> str:
    """The innermost cause of an error of requests, which wraps it several times over."""
    while (inner := getattr(error, "reason", None)) is not None and isinstance(inner, BaseException):
        error = inner
    if error.args and isinstance(error.args[0], BaseException) and error.args[0] is not error:
        return _said(error.args[0])
    text = str(error)
    return text.rpartition("] ")[2].rpartition(">: ")[2].rstrip(".")[:_WORDS] or type(error).__name__


def _last_line(text: str) -> str:
    """Last line of a traceback: what was raised."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".")[:_WORDS] if lines else ""
