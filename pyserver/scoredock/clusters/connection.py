"""The API of one cluster: plain dictionaries, every call with an end, one wait for a silent one, faults for people."""

from __future__ import annotations

import contextlib
import email.utils
import json
import math
import os
import shlex
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from scoredock import l10n
from scoredock.clusters.failures import clock_wrong, login_refused, refusal, time_fault, unreachable
from scoredock.clusters.kinds import KINDS, identity, object_path, version_path
from scoredock.clusters.target import LOOK_SECONDS, ClusterPlace, look_seconds
from scoredock.errors import ClusterRefused, ClusterUnreachable, ScoredockError
from scoredock.progress import CancelToken

if TYPE_CHECKING:
    import httpx2
    from typing_extensions import TypedDict, Unpack

    from scoredock.clusters.access import ClusterAccess
    from scoredock.clusters.streams import StreamedLines

    class LogOptions(TypedDict, total=False):
        """Options of which part of a log is read."""

        container: str
        """Empty or absent for `service`."""
        previous: bool
        """Of the container before the last restart."""
        since_time: str
        """RFC 3339"""
        follow: bool
        timestamps: bool
        tail: int | None
        limit_bytes: int | None


CALL_SECONDS = 10.0
_SILENCE_SECONDS = 8.0
_BYTES_OF_ANSWER = 4096
"""Of a body; fewer may be a server that sends byte by byte. Most answers end before."""
FIELD_MANAGER = "scoredock"
_PAGE = 250
_SERVED_SECONDS = 600.0
_MINUTE = 60.0
_SILENT_SECONDS = 1.0
"""So long a server that was silent is left alone: a command looks several times, and at several namespaces."""
_CUSTOM_METRICS = ("custom.metrics.k8s.io/v1beta2", "custom.metrics.k8s.io/v1beta1")
"""So long an answer about what a cluster serves is good."""
_JSON = "application/json"
_METADATA = f"{_JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_PATCH = "application/merge-patch+json"
_APPLY = "application/apply-patch+yaml"
_T = TypeVar("_T")
Objects = list[dict[str, Any]]

_clusters: dict[ClusterPlace, Cluster] = {}
_silences: dict[str, tuple[float, ClusterUnreachable]] = {}
"""When each server was last waited for in vain."""
_lock = threading.Lock()
if hasattr(os, "register_at_fork"):
    # Two processes cannot share a connection.
    os.register_at_fork(after_in_child=_clusters.clear)


def connect(place: ClusterPlace) -> Cluster:
    """The one Cluster of a place, which all share. Nothing is sent yet: the first call meets a cluster that is away.

    Raises ScoredockError `cluster-config-invalid`, `cluster-login-failed` for a way to log in that is no longer
    possible, and `kubernetes-package-missing`.
    """
    with _lock:
        kept = _clusters.get(place)
        if kept is None or kept.access.changed:
            kept = _clusters[place] = Cluster(place, _access(place))
        return kept


def _access(place: ClusterPlace) -> ClusterAccess:
    try:
        # Late: most sessions of the server never need a cluster.
        from scoredock.clusters.access import ClusterAccess
    except ImportError as error:
        raise ScoredockError(
            "kubernetes-package-missing",
            l10n.t("The package {name} is not installed in the environment of Scoredock.", name=error.name),
            l10n.t("Run `{command}` there, then try again.", command=install_command()),
        ) from None
    return ClusterAccess(place)


def install_command() -> str:
    """Command that installs the packages of the extra `kubernetes`, for a terminal; not Scoredock by a name of an
    index."""
    import sys
    from importlib.metadata import requires

    lines = [line.partition(";") for line in requires("scoredock") or ()]
    packages = (name.strip() for name, _, marker in lines if "'kubernetes'" in marker.replace('"', "'"))
    return f"{sys.executable} -m pip install {shlex.join(packages)}"


class Cluster:
    """One namespace of a cluster. May be used by many threads at once; each call ends within 10 seconds.

    All calls raise ScoredockError: `cluster-unreachable`, `cluster-login-failed`, `cluster-not-allowed`,
    `cluster-refused`, `cluster-namespace-missing`, `cluster-namespace-ends`, `cluster-clock-wrong`.
    """

    def __init__(self, place: ClusterPlace, access: ClusterAccess) -> None:
        self.place = place
        self.access = access
        self._answers: dict[str, tuple[float, Any]] = {}
        self._ahead = 0.0
        """Seconds by which the clock of the cluster is ahead of the one of this machine."""

    def now(self) -> float:
        """Seconds since the epoch by the clock of the cluster, as it was in its last answer: the one to compare with
        the times that its objects and events have."""
        return time.time() + self._ahead

    def here(self, moment: float) -> float:
        """A time of the cluster by the clock of this machine, to the minute: an answer says whole seconds of its own,
        and what is shown is not to differ from look to look. 0 for none."""
        return moment - round(self._ahead / _MINUTE) * _MINUTE if moment else 0.0

    @contextlib.contextmanager
    def look(self) -> Iterator[None]:
        """Block in which this thread waits for a first answer for `look_seconds`; then calls raise ClusterUnreachable.
        So does another look at once where the same server was silent just now, unless it is a patient one."""
        seconds, server = look_seconds.get(), self.access.server
        at, silence = _silences.get(server, (-math.inf, None))
        if silence is not None and seconds <= LOOK_SECONDS and time.monotonic() - at < _SILENT_SECONDS:
            raise ClusterUnreachable(silence.message, silence.fix)
        try:
            with self.access.look(seconds):
                yield
        except ClusterUnreachable as fault:
            _silences[server] = time.monotonic(), fault
            raise
        _silences.pop(server, None)

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """Object of a kind and name; None if it is not there, also as the cluster has none of its kind."""
        if not self._has(kind):
            return None
        status, body = self.raw("GET", self._path(kind, name))
        if _is_absent(status, body):
            return None
        return self._good(status, body, l10n.t("show {kind} {name}", kind=kind, name=name))

    def list(self, kind: str, selector: str = "", fields: str = "") -> Objects:
        """All of a kind, by labels (`app=prices,tier!=test`) and fields (`status.phase=Running`)."""
        return self.listing(kind, selector, fields)[0] if self._has(kind) else []

    def everywhere(self, kind: str, fields: str = "") -> Objects:
        """All of a kind in all namespaces, by fields. Raises ClusterNotAllowed for most logins."""
        return self._listing(kind, "", fields, path=object_path(self.served(kind), kind, ""))[0]

    def labels(self, kind: str, selector: str) -> Sequence[Mapping[str, str]]:
        """Labels of all objects of a kind; only their metadata is sent."""
        items = self._listing(kind, selector, accept=_METADATA)[0]
        return [each["metadata"].get("labels") or {} for each in items]

    def listing(self, kind: str, selector: str = "", fields: str = "") -> tuple[Objects, str]:
        """Same as `list`, with the resource version from which a watch continues."""
        return self._listing(kind, selector, fields)

    def _listing(
        self, kind: str, selector: str, fields: str = "", accept: str = _JSON, path: str = ""
    ) -> tuple[Objects, str]:
        path, version = path or self._path(kind), self.served(kind)
        params: dict[str, Any] = {"limit": _PAGE}
        params |= {key: value for key, value in (("labelSelector", selector), ("fieldSelector", fields)) if value}
        items: Objects = []
        while True:
            status, body = self.raw("GET", path, params=params, accept=accept)
            if status == 410 and "continue" in params:
                items.clear()  # the pages belong to a state that is no longer there
                del params["continue"]
                continue
            page = self._good(status, body, l10n.t("list {resource}", resource=KINDS[kind].plural))
            items += [{"apiVersion": version, "kind": kind, **each} for each in page.get("items") or []]
            metadata = page.get("metadata") or {}
            if not metadata.get("continue"):
                return items, str(metadata.get("resourceVersion") or "")
            params["continue"] = metadata["continue"]

    def apply(self, document: Mapping[str, Any], *, dry_run: bool = False, force: bool = True) -> dict[str, Any]:
        """Server-side apply as field manager `scoredock`: makes it, or changes the fields that the document has."""
        version, kind, name = identity(document)
        params = {"fieldManager": FIELD_MANAGER, "force": "true" if force else "false"}
        if dry_run:
            params["dryRun"] = "All"
        path = object_path(version, kind, self.place.namespace, name)
        status, body = self.raw("PATCH", path, params=params, body=document, content=_APPLY)
        return self._good(status, body, l10n.t("apply {kind} {name}", kind=kind, name=name))

    def create(self, document: Mapping[str, Any]) -> dict[str, Any] | None:
        """Creates an object; None when it exists."""
        version, kind, name = identity(document)
        path = object_path(version, kind, self.place.namespace)
        status, body = self.raw("POST", path, params={"fieldManager": FIELD_MANAGER}, body=document)
        if status == 409 and body.get("reason") == "AlreadyExists":
            return None
        return self._good(status, body, l10n.t("create {kind} {name}", kind=kind, name=name))

    def patch(self, kind: str, name: str, changes: Mapping[str, Any]) -> dict[str, Any] | None:
        """A merge patch; None for one that is not there."""
        path, params = self._path(kind, name), {"fieldManager": FIELD_MANAGER}
        status, body = self.raw("PATCH", path, params=params, body=changes, content=_PATCH)
        if _is_absent(status, body):
            return None
        return self._good(status, body, l10n.t("change {kind} {name}", kind=kind, name=name))

    def delete(self, kind: str, name: str, *, grace: int | None = None, uid: str = "") -> bool:
        """False for one that is not there, or whose uid is another one by now; what it owns is deleted after it."""
        options: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        if uid:
            options["preconditions"] = {"uid": uid}
        status, body = self.raw("DELETE", self._path(kind, name), body=options)
        if _is_absent(status, body) or (status == 409 and uid):
            return False
        self._good(status, body, l10n.t("delete {kind} {name}", kind=kind, name=name))
        return True

    def watch(self, kind: str, selector: str, cancel: CancelToken) -> Iterator[tuple[str, dict[str, Any]]]:
        """Changes of the objects of a kind, until `cancel`: first each that is there as `ADDED`, then `MODIFIED`,
        `DELETED` and `ADDED`.

        After a cut it goes on where it was, however long the cluster is away. Where the cluster no longer knows that
        state, all are listed anew as `ADDED`, and those that have gone meanwhile come as `DELETED`. Raises as other
        calls do where it cannot begin, and later for a login or a right that is no more.
        """
        from scoredock.clusters.streams import watch

        return watch(self, kind, selector, cancel)

    def log(self, pod: str, **options: Unpack[LogOptions]) -> StreamedLines:
        """Lines of a container without their ends; `close` of what is given ends it from any thread. Nothing for a pod
        or a container that is not there (yet)."""
        from scoredock.clusters.streams import log_lines

        return log_lines(self, pod, options)

    def events_of(self, kind: str, name: str, uid: str = "") -> Objects:
        """Events of the cluster about an object, the oldest first."""
        fields = f"involvedObject.kind={kind},involvedObject.name={name}" + (
            f",involvedObject.uid={uid}" if uid else ""
        )
        return sorted(self.list("Event", fields=fields), key=_time_of_event)

    def served(self, kind: str) -> str:
        """The newest apiVersion of a kind that this cluster serves, of those that Scoredock writes. Raises
        `cluster-refused` for a kind that it does not serve."""
        versions = KINDS[kind].versions
        if len(versions) == 1:
            return versions[0]
        return self._kept(f"kind {kind}", lambda: self._newest(kind, versions))

    def _has(self, kind: str) -> bool:
        """True if the cluster knows the kind: autoscalers are an API of their own, which some lack."""
        try:
            self.served(kind)
        except _KindNotServed:
            return False
        return True

    def has_group(self, name: str) -> bool:
        """True if the cluster serves a group of the API, such as `metrics.k8s.io`."""
        return name in self._kept("groups", self._groups)

    def pod_metrics(self) -> frozenset[str]:
        """Names of the metrics of pods that autoscalers can ask for, besides CPU and memory; none where none are served
        or allowed. Raises only for a cluster that does not answer."""
        for version in _CUSTOM_METRICS if self.has_group(_CUSTOM_METRICS[0].partition("/")[0]) else ():
            status, body = self.raw("GET", version_path(version))
            if status != 200:
                continue  # another version, or what serves it is away
            names = (str(each.get("name", "")) for each in body.get("resources") or [])
            return frozenset(name.partition("/")[2] for name in names if name.startswith("pods/"))
        return frozenset()

    def metrics(self, selector: str) -> Objects:
        """PodMetrics; nothing where none are served or allowed."""
        path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{self.place.namespace}/pods"
        status, body = self.raw("GET", path, params={"labelSelector": selector})
        # A metrics server that does not answer is as good as none.
        if status in (403, 404) or status >= 500:
            return []
        page = self._good(status, body, l10n.t("list {resource}", resource="pods.metrics.k8s.io"))
        return [dict(each) for each in page.get("items") or []]

    def version(self) -> str:
        """`v1.20.2`"""
        status, body = self.raw("GET", "/version")
        return str(self._good(status, body, l10n.t("show its version")).get("gitVersion") or "")

    def raw(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = _JSON,
        accept: str = _JSON,
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of any answer. Raises for what is not an answer, and for a login that is not accepted."""
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Accept": accept} | ({"Content-Type": content} if sent is not None else {})
        with self.access.whole_call():
            response = self.send(method, path, params, content=sent, headers=headers)
            return response.status_code, _decoded(self._whole(response))

    def body(self, response: httpx2.Response) -> dict[str, Any]:
        """JSON of an answer that `send` gave."""
        with self.access.whole_call():
            return _decoded(self._whole(response))

    def send(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        silence: float | None = _SILENCE_SECONDS,
        **parts: Any,
    ) -> httpx2.Response:
        """An answer whose body is still to come; close it. `silence` is for how many seconds nothing of the body may
        come, None for no limit; `parts` are what `build_request` of httpx2 takes besides. Asks once more with a new
        login where the old one is not accepted, and waits for a cluster that is busy."""
        patience = time.monotonic() + CALL_SECONDS / 2
        renewed = False
        while True:
            response = self._sent(method, path, params, silence, parts)
            pause = response.headers.get("retry-after", "")
            if response.status_code == 401 and not renewed and self.access.renew():
                renewed = True
            elif response.status_code == 429 and pause.isdigit() and time.monotonic() + int(pause) < patience:
                time.sleep(int(pause))
            else:
                break
            response.close()
        if response.status_code == 401:
            response.close()
            raise login_refused(self.place, self.access.login_ends(), self.now())
        return response

    def _sent(
        self, method: str, path: str, params: Mapping[str, Any] | None, silence: float | None, parts: Mapping[str, Any]
    ) -> httpx2.Response:
        import httpx2

        for attempt in range(2):
            client = self.access.client()
            request = client.build_request(method, path, params=params, **self.access.parts(parts))
            try:
                with self.access.whole_call():
                    self.access.require_name()
                    response = client.send(request, stream=True)
                self.access.answered()
                self._read_clock(response.headers.get("date", ""))
                request.extensions["timeout"]["read"] = silence  # looked at when the body begins
                return response
            except httpx2.RemoteProtocolError as error:
                # A kept connection that the server has closed meanwhile, without a look at the request.
                if attempt == 1:
                    raise self.fault(error) from error
            except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
                raise self.fault(error) from error
        raise AssertionError("unreachable")

    def _read_clock(self, date: str) -> None:
        with contextlib.suppress(ValueError, OverflowError):
            self._ahead = email.utils.parsedate_to_datetime(date).timestamp() - time.time()

    def _whole(self, response: httpx2.Response) -> bytes:
        """The body, within the time of the call: the limits of sockets count from part to part."""
        import httpx2

        content = bytearray()
        self.access.awaits_body()
        try:
            for part in response.iter_bytes():
                content += part
                if len(content) >= _BYTES_OF_ANSWER:
                    self.access.answered()
        except (httpx2.HTTPError, OSError) as error:
            raise self.fault(error) from error
        finally:
            response.close()
        self.access.answered()
        return bytes(content)

    def fault(self, error: BaseException) -> ScoredockError:
        """Error for a connection that was not made, or broke."""
        if time_fault(error) is not None:
            wrong = clock_wrong(self.place, self.access.date(), error)
            if wrong is not None:
                return wrong
        return unreachable(self.place, self.access.server, error)

    def _path(self, kind: str, name: str = "") -> str:
        return object_path(self.served(kind), kind, self.place.namespace, name)

    def _good(self, status: int, body: dict[str, Any], what: str) -> dict[str, Any]:
        """The body. Raises for an answer that says no."""
        if 200 <= status < 300:
            return body
        raise refusal(status, body, self.place, what)

    def _kept(self, key: str, ask: Callable[[], _T]) -> _T:
        until, answer = self._answers.get(key, (0.0, None))
        if answer is None or time.monotonic() > until:
            answer = ask()
            self._answers[key] = time.monotonic() + _SERVED_SECONDS, answer
        return answer  # type: ignore[no-any-return]

    def _newest(self, kind: str, versions: tuple[str, ...]) -> str:
        for version in versions:
            status, body = self.raw("GET", version_path(version))
            if status == 403:
                return versions[0]  # who may not look has a newer cluster, rather than an old one
            if status == 404:
                continue
            page = self._good(status, body, l10n.t("list what it serves"))
            if any(each.get("kind") == kind for each in page.get("resources") or []):
                return version
        raise _KindNotServed(
            l10n.t("The cluster of the context “{context}” has no {kind}.", context=self.place.context, kind=kind)
        )

    def _groups(self) -> frozenset[str]:
        status, body = self.raw("GET", "/apis")
        page = self._good(status, body, l10n.t("list what it serves"))
        return frozenset(str(each.get("name")) for each in page.get("groups") or [])


class _KindNotServed(ClusterRefused):
    """Error for a kind that this cluster does not know."""


def _is_absent(status: int, body: Mapping[str, Any]) -> bool:
    return status == 404 and (body.get("details") or {}).get("kind") != "namespaces"


def _time_of_event(event: Mapping[str, Any]) -> str:
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return str(next(filter(None, (*times, event["metadata"].get("creationTimestamp"))), ""))


def _decoded(content: bytes) -> dict[str, Any]:
    """The body; of a proxy in between, which answers in its own words, a message with them."""
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {"message": content[:300].decode("utf-8", "replace")}
