"""A version of the workspace into the registry of an MLflow server: its files into a run, then the version that names
them. The only module that writes into a store of others.

The version is made last, so that one whose upload was cut off is not there; the run of that upload has a tag by
which it is gone on with, and what it has is not sent again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from scoredock import l10n
from scoredock.contrib.runs.domain.mlflow.connection import TrackingConnection, environment
from scoredock.contrib.runs.domain.mlflow.records import RunRecord
from scoredock.contrib.runs.domain.mlflow.registered_models import (
    DIGEST_TAG,
    MODEL_TAG,
    RegisteredModels,
    RegistryVersion,
    artifact_place,
    tags_for,
)
from scoredock.contrib.runs.domain.mlflow.server_store import ServerStore
from scoredock.errors import ArtifactMissing, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Flow, PartOfStep, Progress
from scoredock.registry import ModelVersion, Registry

_API = "/api/2.0/mlflow"
_PUSH_TAG = "scoredock.push"
EXPERIMENT = "scoredock"
"""In which runs of pushed models are."""
_SEVERAL = "model"
"""The folder of a version that has several files and no folder."""


@dataclass(frozen=True, slots=True)
class Published:
    """Result of a push."""

    version: RegistryVersion
    is_new: bool
    sent_bytes: int
    present_bytes: int
    left_out: Sequence[str]
    """Tags that a server does not take."""


def publish(
    address: str, name: str, registry: Registry, model: ModelVersion, watch: tuple[Progress, CancelToken]
) -> Published:
    """The version there that holds these files: the one that is there already, or a new one.

    Raises ScoredockError `mlflow-push-unsupported`, `run-server-unreachable`, `run-server-refused`, `model-damaged`,
    `cancelled`.
    """
    progress, cancel = watch
    with contextlib.closing(TrackingConnection(address, cancel, environment())) as connection:
        models = RegisteredModels(connection)
        progress.report(l10n.t("Looking at {address}", address=connection.address))
        same = [each for each in models.versions(name) if each.tags.get(DIGEST_TAG) == model.digest]
        tags, left_out = tags_for(model.tags)
        if same:
            return Published(max(same, key=lambda each: each.version), False, 0, model.size, left_out)
        upload = _Upload(connection, registry, model, progress, cancel)
        run = upload.run()
        sent, present = upload.send(run)
        connection.post(f"{_API}/runs/update", {"run_id": run.id, "status": "FINISHED"})
        models.require_model(name)
        source = f"{run.artifact_uri}/{upload.top}"
        own = {MODEL_TAG: model.id, DIGEST_TAG: model.digest}
        version = models.create_version(name, source, run.id, model.description, {**tags, **own})
        return Published(version, True, sent, present, left_out)


class _Upload:
    """The files of one version, into a run."""

    def __init__(
        self,
        connection: TrackingConnection,
        registry: Registry,
        model: ModelVersion,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        self._connection = connection
        self._registry = registry
        self._model = model
        self._progress = progress
        self._cancel = cancel
        firsts = {file.path.partition("/")[0] for file in model.files}
        self.top = firsts.pop() if len(firsts) == 1 else _SEVERAL
        self._below = "" if len({file.path.partition("/")[0] for file in model.files}) == 1 else f"{_SEVERAL}/"

    def run(self) -> RunRecord:
        """The one of an earlier upload that did not end, or a new one."""
        experiment = self._experiment()
        body: dict[str, object] = {
            "experiment_ids": [experiment],
            "filter": f"tags.`{_PUSH_TAG}` = '{self._model.digest}' and attributes.status = 'RUNNING'",
            "max_results": 1,
        }
        unfinished = self._connection.post(f"{_API}/runs/search", body).get("runs")
        if isinstance(unfinished, list) and unfinished:
            return self._read(unfinished[0])
        tags = {_PUSH_TAG: self._model.digest, "mlflow.runName": self._model.id, MODEL_TAG: self._model.id}
        new = {
            "experiment_id": experiment,
            "run_name": self._model.id,
            "start_time": int(self._model.created * 1000),
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
        }
        return self._read(self._connection.post(f"{_API}/runs/create", new).get("run"))

    def send(self, run: RunRecord) -> tuple[int, int]:
        """Bytes that were sent, and that were there."""
        there = self._there(run)
        flow, sent, present = Flow(), 0, 0
        for file in self._model.files:
            path = self._below + file.path
            if there.get(path) == file.size:
                present += file.size
                continue
            place = artifact_place(run.artifact_uri, path)
            tell = self._teller(flow, sent, present)
            blob = self._registry.blob(file.sha256)
            self._connection.put(place, self._opener(blob, file.size, tell))
            sent += file.size
        return sent, present

    def _teller(self, flow: Flow, sent: int, present: int) -> Callable[[int], None]:
        """Function that reports how much of all has been sent, for a file that begins at `sent`."""

        def tell(count: int) -> None:
            step = l10n.t("Sending {name}", name=self._model.id)
            share = 100 * (present + sent + count) // max(self._model.size, 1)
            self._progress.report(PartOfStep(step, flow.amounts(sent + count, self._model.size)), share)

        return tell

    def _opener(
        self, path: Path, size: int, tell: Callable[[int], None]
    ) -> Callable[[], contextlib.AbstractContextManager[_Sent]]:
        @contextlib.contextmanager
        def opened() -> Iterator[_Sent]:
            try:
                stream = path.open("rb")
            except OSError:
                raise ScoredockError(
                    "model-damaged", l10n.t("A file of {model} is not there.", model=self._model.id)
                ) from None
            with stream:
                yield _Sent(stream, size, tell, self._cancel)

        return opened

    def _there(self, run: RunRecord) -> Mapping[str, int]:
        """Path → size of what an earlier upload has sent."""
        folders = {"/".join(path.split("/")[:-1]) for path in (self._below + file.path for file in self._model.files)}
        sizes = {}
        with contextlib.closing(ServerStore(self._connection.address, self._cancel)) as store:
            if not store.entries(run, ()):
                return {}
            for folder in sorted(folders):
                parts = tuple(folder.split("/")) if folder else ()
                with contextlib.suppress(ArtifactMissing):
                    for entry in store.entries(run, parts):
                        if entry.size is not None:
                            sizes["/".join((*parts, entry.name))] = entry.size
        return sizes

    def _experiment(self) -> str:
        try:
            answer = self._connection.get(f"{_API}/experiments/get-by-name", {"experiment_name": EXPERIMENT})
        except ScoredockError as error:
            if error.details.get("status") != "404":
                raise
            answer = {}
        experiment = answer.get("experiment")
        if isinstance(experiment, dict) and experiment.get("lifecycle_stage", "active") == "active":
            return str(experiment.get("experiment_id"))
        if experiment:
            raise ScoredockError(
                "mlflow-push-unsupported",
                l10n.t(
                    "The experiment {name} of {address} is deleted.", name=EXPERIMENT, address=self._connection.address
                ),
                l10n.t("Restore it with `mlflow experiments restore`."),
            )
        made = self._connection.post(f"{_API}/experiments/create", {"name": EXPERIMENT})
        return str(made.get("experiment_id"))

    def _read(self, document: object) -> RunRecord:
        info = document.get("info") if isinstance(document, dict) else None
        if not isinstance(info, dict) or not info.get("run_id"):
            raise ScoredockError(
                "run-server-refused",
                l10n.t(
                    "The response of {address} is not from an MLflow tracking server.", address=self._connection.address
                ),
            )
        with contextlib.closing(ServerStore(self._connection.address, self._cancel)) as store:
            run = store.run(str(info["run_id"]))
        artifact_place(run.artifact_uri, "")
        return run


class _Sent:
    """A file with its size, which tells how much of it was read."""

    def __init__(self, stream: BinaryIO, size: int, tell: Callable[[int], None], cancel: CancelToken) -> None:
        self._stream = stream
        self._size = size
        self._tell = tell
        self._cancel = cancel
        self._count = 0

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1, /) -> bytes:
        """Raises ScoredockError `cancelled`."""
        self._cancel.raise_if_cancelled()
        piece = self._stream.read(size)
        self._count += len(piece)
        self._tell(self._count)
        return piece
