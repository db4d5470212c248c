"""The router of an endpoint as a process: started, given its routes, observed, stopped."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from scoredock import l10n
from scoredock.data_folder import make_private
from scoredock.engine_table import DEFAULT_ENGINE
from scoredock.engines.base import Engine, Launch, Observation
from scoredock.engines.handle import ROUTERS_FOLDER, Handle
from scoredock.engines.parent_control import ask_parent, control_patiently, halted, read_status
from scoredock.engines.ports import require_free_port
from scoredock.errors import ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Silent
from scoredock.services.endpoints.record import EndpointRecord, Withdrawal, withdrawal_from
from scoredock.services.ledger import Ledger
from scoredock_runtime import contract
from scoredock_runtime.contract import DIFFERENCES_FILE, WITHDRAWALS_FILE, Routes
from scoredock_runtime.contract_history import Row, read_history

GRACE = 30.0
"""Seconds that a version which is taken away has for the requests under way."""
_LOOK_SECONDS = 2.0
_READY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """Counts of the requests to a version since the endpoint was made."""

    succeeded: int = 0
    refused: int = 0
    """With a status of 400 to 499."""
    failed: int = 0
    """With a status of 500 or above."""
    lost: int = 0
    """It did not answer, and the router did with an error."""
    seconds: float = 0.0
    """Of all answers together."""
    copied: int = 0
    """Copies of requests that it answered."""
    different: int = 0
    """Of these, those that it answered otherwise."""
    incomparable: int = 0
    """Of these, those that could not be compared."""
    uncopied: int = 0
    """Copies that it did not answer."""
    dropped: int = 0
    """Copies that were left out, as too many waited or they were too large."""
    copy_seconds: float = 0.0
    """Of its answers to copies together, and of the answers that they were compared with."""
    answer_seconds: float = 0.0
    away_since: float = 0.0
    """When it began to take no connections, seconds since the epoch; 0 while it takes them."""

    @property
    def requests(self) -> int:
        return self.succeeded + self.refused + self.failed + self.lost


@dataclass(frozen=True, slots=True)
class CopyDifference:
    """An answer to a copy that was not as that of the version that the request was for."""

    time: float
    version: str
    compared_with: str
    difference: str
    """Where the answers differ first, and how."""
    request: str
    """Its body, shortened."""
    answers: tuple[str, str]
    """Bodies, shortened: of the version that the request was for, and of the one with the copy."""
    milliseconds: tuple[float, float]
    """In the same order."""


class Router(Protocol):
    """The routers of a workspace in one kind of place, by the name of their endpoint. What changes something
    raises ScoredockError, and so does `lags`."""

    def start(self, endpoint: EndpointRecord, routes: Routes) -> Handle:
        """Starts the router on the port of the endpoint; if it names none on the last one if that is free, and else on
        any."""

    def find(self, name: str) -> Handle | None:
        """A router that runs although nobody wrote down how to find it."""

    def observe(self, handle: Handle) -> Observation:
        """Observation by the router itself, or by whatever runs it."""

    def placed(self, endpoint: EndpointRecord) -> EndpointRecord:
        """Endpoint with the present addresses of its versions' services for the router, and their current revisions."""

    def lags(self, handle: Handle, routes: Routes) -> bool:
        """True if the router goes by other routes. Raises ScoredockError where nobody can tell."""

    def change(self, handle: Handle, routes: Routes) -> None:
        """Returns once versions that are not among the routes any more have answered what they had."""

    def misleads(self, handle: Handle, endpoint: EndpointRecord) -> bool:
        """True if callers who come by a Gateway are led otherwise than the endpoint wants. Raises ScoredockError where
        nobody can tell."""

    def lead(self, handle: Handle, endpoint: EndpointRecord) -> None:
        """They are led as the endpoint wants from now on."""

    def answered(self, handle: Handle) -> dict[str, AnswerCounts]:
        """Counts by version; empty where the router does not tell."""

    def log(self, handle: Handle) -> None:
        """Brings what is new of its log into its folder."""

    def history(self, name: str, handle: Handle | None) -> list[Row]:
        """Rows of the router's history: its requests and its use of resources."""

    def differences(self, name: str, handle: Handle | None) -> list[CopyDifference]:
        """Differences that were kept, oldest first."""

    def stop(self, handle: Handle) -> None:
        """Stops the router after the requests under way are answered."""

    def remove(self, name: str, handle: Handle | None) -> None:
        """Ends the router, of which nothing is left."""


class RouterFiles:
    """Files in the folders of routers on this machine, wherever the routers run."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace

    def folder(self, name: str) -> Path:
        """Spec, status, counts and log of the router."""
        return self._workspace / ROUTERS_FOLDER / name

    def launch(self, name: str, routes: Routes) -> Launch:
        """Launch of a router on this machine at a free port, in the server's own Python."""
        folder = self.folder(name)
        make_private(folder)
        return Launch(
            service=name,
            workspace=self._workspace.name,
            revision=1,
            folder=folder,
            app_root=folder,
            entry_script="",
            source_directory=None,
            model_dir="",
            python=Path(sys.executable),
            port=None,
            nonce=secrets.token_hex(32),
            start_timeout=_READY_SECONDS,
            routes=routes,
        )

    def withdrawals(self, name: str) -> list[tuple[str, Withdrawal]]:
        """Versions that the router withdrew by itself, oldest first."""
        withdrawals = []
        for raw in lines_in(self.folder(name) / WITHDRAWALS_FILE):
            with contextlib.suppress(ValueError, KeyError, TypeError):
                withdrawals.append((str(raw["version"]), withdrawal_from(raw)))
        return withdrawals

    def kept_differences(self, name: str) -> list[CopyDifference]:
        """Oldest first."""
        return differences_of(lines_in(self.folder(name) / DIFFERENCES_FILE))

    def forget_differences(self, name: str) -> None:
        """Removes the kept differences, which are of another version."""
        with contextlib.suppress(OSError):
            (self.folder(name) / DIFFERENCES_FILE).unlink()


def lines_in(path: Path) -> list[Any]:
    """A file of JSON lines; a line that is being written is left out."""
    lines = []
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError):
                lines.append(json.loads(line))
    return lines


def differences_of(lines: Sequence[Any]) -> list[CopyDifference]:
    """Copy differences in these lines; lines that are not valid are left out."""
    differences = []
    for raw in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError, IndexError):
            differences.append(_difference(raw))
    return differences


class RouterProcess(RouterFiles):
    """A process on this machine; `engine` is the one of processes."""

    def __init__(self, workspace: Path, engine: Engine, ledger: Ledger) -> None:
        super().__init__(workspace)
        self._engine = engine
        self._ledger = ledger

    def start(self, endpoint: EndpointRecord, routes: Routes) -> Handle:
        """Raises ScoredockError `port-in-use`, `port-invalid` and what a start of a process raises."""
        launch = self.launch(endpoint.name, routes)
        port: int | None = endpoint.port
        # What it wrote down itself comes first; a restored workspace has nothing of that.
        if not port and read_status(launch.folder) is None:
            port = _still_free(endpoint.last_port)
        return self._engine.start(dataclasses.replace(launch, port=port or None), Silent(), CancelToken())

    def find(self, name: str) -> Handle | None:
        """A router that runs although nobody wrote down how to find it."""
        owner = str(self._workspace / ROUTERS_FOLDER)
        return next((each for each in self._engine.find(owner) if each.folder.name == name and each.pid), None)

    def observe(self, handle: Handle) -> Observation:
        """Observation by the engine of processes, which speaks to the router itself."""
        return self._engine.observe(handle)

    def placed(self, endpoint: EndpointRecord) -> EndpointRecord:
        services = {each.service.name: each.service for each in self._ledger.all()}
        versions = tuple(
            dataclasses.replace(each, port=there.port or each.port, revision=there.active_revision)
            if (there := services.get(each.service)) is not None
            else each
            for each in endpoint.versions
        )
        return dataclasses.replace(endpoint, versions=versions)

    def lags(self, handle: Handle, routes: Routes) -> bool:
        try:
            spec = contract.spec_from_json((handle.folder / contract.SPEC_FILE).read_text("utf-8"))
        except (OSError, ValueError, TypeError):
            return True
        return spec.routes != routes

    def change(self, handle: Handle, routes: Routes) -> None:
        """Returns once versions that are not among the routes any more have answered what they had.

        Raises ScoredockError `service-unreachable`.
        """
        fields = {"routes": dataclasses.asdict(routes), "grace": GRACE}
        try:
            control_patiently(handle, "/routes", fields, GRACE + 10)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ScoredockError(
                "service-unreachable",
                l10n.t("The router of the endpoint does not answer: {error}.", error=error or type(error).__name__),
                _go_on(handle.pid) if halted(handle.pid) else "",
            ) from error

    def misleads(self, handle: Handle, endpoint: EndpointRecord) -> bool:  # noqa: ARG002 (nobody comes by a Gateway)
        return False

    def lead(self, handle: Handle, endpoint: EndpointRecord) -> None:
        """See `misleads`."""

    def answered(self, handle: Handle) -> dict[str, AnswerCounts]:
        """Counts by version; empty where the router does not tell."""
        status = read_status(handle.folder)
        if status is None or not status.control_port:
            return {}
        try:
            text = ask_parent(status.control_port, handle.nonce, "GET", "/traffic", {}, _LOOK_SECONDS)
            return {name: counts_of(each) for name, each in json.loads(text)["versions"].items()}
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, ScoredockError):
            return {}

    def log(self, handle: Handle) -> None:
        """Does nothing, as the router writes its log there itself."""

    def history(self, name: str, handle: Handle | None) -> list[Row]:  # noqa: ARG002 (it lies here)
        return read_history(str(self.folder(name)))

    def differences(self, name: str, handle: Handle | None) -> list[CopyDifference]:  # noqa: ARG002 (they lie here)
        return self.kept_differences(name)

    def stop(self, handle: Handle) -> None:
        self._engine.stop(handle, GRACE)

    def remove(self, name: str, handle: Handle | None) -> None:
        """Ends the router, of which nothing is left."""
        if handle is not None:
            self._engine.stop(handle, GRACE)
        self._engine.remove(handle or Handle(DEFAULT_ENGINE, self.folder(name)))


def _go_on(pid: int) -> str:
    return l10n.t(
        "Its process {pid} is halted: let it go on (`kill -CONT {pid}`), or stop the endpoint and start it again.",
        pid=pid,
    )


def _still_free(port: int) -> int | None:
    """None for a port that somebody else has by now."""
    if not 0 < port < 65_536:
        return None
    try:
        require_free_port(port)
    except ScoredockError:
        return None
    return port


def counts_of(raw: Mapping[str, Any]) -> AnswerCounts:
    """Counts of a version from the router's JSON. Raises KeyError, TypeError, ValueError."""
    return AnswerCounts(
        succeeded=int(raw["succeeded"]),
        refused=int(raw["refused"]),
        failed=int(raw["failed"]),
        lost=int(raw["lost"]),
        seconds=float(raw["seconds"]),
        copied=int(raw["copied"]),
        different=int(raw["different"]),
        # A router that runs since an earlier release does not tell all of them.
        incomparable=int(raw.get("incomparable", 0)),
        uncopied=int(raw["uncopied"]),
        dropped=int(raw.get("dropped", 0)),
        copy_seconds=float(raw["copy_seconds"]),
        answer_seconds=float(raw["answer_seconds"]),
        away_since=float(raw.get("away_since", 0.0)),
    )


def _difference(raw: Mapping[str, Any]) -> CopyDifference:
    return CopyDifference(
        float(raw["time"]),
        str(raw["version"]),
        str(raw["compared_with"]),
        str(raw["difference"]),
        str(raw["request"]),
        (str(raw["answers"][0]), str(raw["answers"][1])),
        (float(raw["milliseconds"][0]), float(raw["milliseconds"][1])),
    )
