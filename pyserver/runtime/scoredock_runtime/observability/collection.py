"""Collection of inputs and outputs, in the layout that Azure ML v1 gave its storage container:

    modeldata/SUBSCRIPTION/RESOURCE GROUP/WORKSPACE/SERVICE/MODEL/VERSION/DESIGNATION/YYYY/MM/DD/data.jsonl

A request only puts its bodies into a bounded queue; a thread writes them (see data_files.py). What cannot be kept is
dropped and counted. What is collected is what callers sent, so it may hold personal data: it is off unless asked for,
and only the person whose service it is may read the files.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import functools
import json
import logging
import os
import threading
import time
from collections import deque
from typing import Callable, Deque, Dict, List, Mapping, MutableMapping, NamedTuple, Optional, Tuple, Union

from scoredock_runtime.base import threads
from scoredock_runtime.base.locks import SharedLock
from scoredock_runtime.base.script_data import ENABLED_VARIABLE, segment
from scoredock_runtime.contract import COLLECTED_FOLDER, DATA_FOLDER, ServiceSpec
from scoredock_runtime.contract_variables import DATA_MEGABYTES, MONITORING_VARIABLES
from scoredock_runtime.fast_json.json_loads import usable_orjson
from scoredock_runtime.observability.data_files import DataFiles

logger = logging.getLogger("azmlinfsrv")

FILE_BYTES = 64_000_000
TOTAL_MEGABYTES = 1024

QUEUE_BYTES = 32 * 1024 * 1024
QUEUE_RECORDS = 20_000
BODY_BYTES = 4 * 1024 * 1024
"""A longer body is not collected, only its length."""
GATHER = 0.2
"""Seconds that records wait for more, so that the thread wakes seldom."""
_SLICE_RECORDS, _SLICE_BYTES, _PAUSE = 32, 128 * 1024, 0.0005
_WRITE_BYTES = 1024 * 1024
# The thread gives way after so much: while it works, a request may have to wait for the interpreter's lock.
_TELL_EVERY = 60.0

REQUESTS = "requests"
"""The designation of what is collected without the script's doing: one record for a request and its answer."""


class Place(NamedTuple):
    """Place of the collected data of a service."""

    root: str
    """The folder that holds `modeldata`."""
    service: str
    workspace: str
    """Subscription, resource group and workspace with slashes between."""
    model: str
    version: str

    def folder(self) -> str:
        """Folder of the service's data."""
        return os.path.join(
            self.root, COLLECTED_FOLDER, *map(segment, self.workspace.split("/")), segment(self.service)
        )


class _Row(NamedTuple):
    model: str
    version: str
    designation: str
    file: str
    header: bytes
    text: bytes


_Request = Tuple[float, str, str, int, bytes, bytes, str]
_Grouped = Dict[Tuple[str, str, bytes], List[bytes]]
"""By folder, file and header."""


class Collector:
    """Takes records from any thread without waiting for the disk."""

    def __init__(self, spec: ServiceSpec, folder: str, *, automatic: bool = True) -> None:
        self._setup(place_of(spec, folder, os.environ), _total_bytes(os.environ), automatic)

    @classmethod
    def at(cls, place: Place, total_bytes: int, *, automatic: bool = False) -> Collector:
        """Collector for data of a known place."""
        made = cls.__new__(cls)
        made._setup(place, total_bytes, automatic)
        return made

    def _setup(self, place: Place, total_bytes: int, automatic: bool) -> None:
        self.place = place
        self.automatic = automatic
        """Whether requests are collected; off once the script collects by itself, which then decides what is kept."""
        self.on_dropped: Callable[[int], None] = lambda _: None
        self.dropped = 0
        """Records that were lost so far."""
        self._files = DataFiles(place.folder(), min(FILE_BYTES, total_bytes // 8), total_bytes)
        self._reported_drops, self._reported_at = 0, 0.0
        self._fresh()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._fresh)
        self._recover()

    def _fresh(self) -> None:
        """An empty queue without a thread: at the start, and in processes that the script forks."""
        self._lock = SharedLock()
        self._waiting: Deque[Union[_Request, _Row]] = deque()
        self._bytes = 0
        self._lost = 0
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread: Optional[threading.Thread] = None

    def _recover(self) -> None:
        try:
            self._files.recover()
        except OSError as fault:
            logger.warning("Data collection: %s cannot be written: %s", self._files.root, fault)

    def take(
        self, request_id: str, path: str, status: int, request_body: bytes, response_body: bytes, content_type: str
    ) -> None:
        """A request and its answer. Never waits."""
        if self.automatic:
            record = (time.time(), request_id, path, status, request_body, response_body, content_type)
            self._put(record, min(len(request_body), BODY_BYTES) + min(len(response_body), BODY_BYTES))

    def add(self, model: str, version: str, designation: str, file: str, header: bytes, rows: List[bytes]) -> None:
        """Rows of the script's own. Never waits."""
        self._put(_Row(model, version, designation, file, header, b"".join(rows)), sum(map(len, rows)))

    def _put(self, record: Union[_Request, _Row], size: int) -> None:
        with self._lock.lock:
            if self._bytes + size > QUEUE_BYTES or len(self._waiting) >= QUEUE_RECORDS or self._closing.is_set():
                self._lost += 1
                return
            self._waiting.append(record)
            self._bytes += size
            first = len(self._waiting) == 1
            if self._thread is None:
                with contextlib.suppress(OSError):  # then the next record does
                    self._thread = threads.start(self._write_all, name="collection", at_fault=threads.again)
        if first:
            self._wake.set()

    def close(self, timeout: float = 5.0) -> None:
        """Writes what waits, for at most `timeout` seconds; what comes later is dropped."""
        self._closing.set()
        self._wake.set()
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def _write_all(self) -> None:
        closing, wake = self._closing, self._wake
        while True:
            wake.wait()
            closing.wait(GATHER)
            wake.clear()
            ended = closing.is_set()
            grouped: _Grouped = {}
            size = 0
            while self._waiting:
                size += self._format(self._slice(), grouped)
                if size > _WRITE_BYTES:
                    self._write(grouped)
                    size = 0
                if not closing.is_set():
                    time.sleep(_PAUSE)
            self._write(grouped)
            self._tell()
            if ended:
                return

    def _slice(self) -> List[Union[_Request, _Row]]:
        records: List[Union[_Request, _Row]] = []
        size = 0
        with self._lock.lock:
            while self._waiting and len(records) < _SLICE_RECORDS and size < _SLICE_BYTES:
                record = self._waiting.popleft()
                records.append(record)
                size += (
                    len(record.text)
                    if isinstance(record, _Row)
                    else min(len(record[4]), BODY_BYTES) + min(len(record[5]), BODY_BYTES)
                )
            self._bytes -= size
        return records

    def _format(self, records: List[Union[_Request, _Row]], grouped: _Grouped) -> int:
        """Adds the records to those that go to the same file; how many bytes they are."""
        place = self.place
        size = 0
        for record in records:
            if isinstance(record, _Row):
                model, version, designation, file = record.model, record.version, record.designation, record.file
                header, text, moment = record.header, record.text, time.time()
            else:
                model, version, designation, file = place.model, place.version, REQUESTS, "data.jsonl"
                header, text, moment = b"", _line(record), record[0]
            folder = _folder(model, version, designation, int(moment // 86_400))
            grouped.setdefault((folder, file, header), []).append(text)
            size += len(text)
        return size

    def _write(self, grouped: _Grouped) -> None:
        for (folder, file, header), rows in grouped.items():
            try:
                self._files.append(folder, file, header, rows)
            except OSError as fault:
                with self._lock.lock:
                    self._lost += len(rows)
                self._tell(str(fault))
        grouped.clear()

    def _tell(self, why: str = "they came faster than they can be written") -> None:
        with self._lock.lock:
            lost, self._lost = self._lost, 0
        if lost:
            self.dropped += lost
            self.on_dropped(lost)
        now = time.monotonic()
        if self.dropped > self._reported_drops and (now - self._reported_at > _TELL_EVERY or self._closing.is_set()):
            logger.warning("Data collection: %d records were dropped: %s.", self.dropped - self._reported_drops, why)
            self._reported_drops, self._reported_at = self.dropped, now


@functools.lru_cache(maxsize=256)
def _folder(model: str, version: str, designation: str, day: int) -> str:
    """`day` counts from 1970."""
    date = time.strftime("%Y/%m/%d", time.gmtime(day * 86_400))
    return "/".join((segment(model), segment(version), segment(designation), date))


def _line(record: _Request) -> bytes:
    moment, request_id, path, status, request_body, response_body, content_type = record
    fields: Dict[str, Union[str, int]] = {
        "timestamp": _moment(moment),
        "request_id": request_id,
        "path": path,
        "status": status,
        "content_type": content_type,
    }
    for name, body in (("input", request_body), ("output", response_body)):
        if len(body) > BODY_BYTES:
            fields[f"{name}_bytes"] = len(body)
            continue
        try:
            fields[name] = body.decode()
        except UnicodeDecodeError:
            fields[f"{name}_base64"] = base64.b64encode(body).decode()
    return _to_json(fields) + b"\n"


def _in_plain_python(fields: Mapping[str, Union[str, int]]) -> bytes:
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()


def _fastest() -> Callable[[Mapping[str, Union[str, int]]], bytes]:
    """orjson where it is there: it takes a tenth of the time, in which no request can be worked on."""
    orjson = usable_orjson()
    return _in_plain_python if orjson is None else orjson.dumps


_to_json = _fastest()


def _moment(seconds: float) -> str:
    return f"{_second(int(seconds))}.{int(seconds * 1_000_000) % 1_000_000:06d}Z"


@functools.lru_cache(maxsize=16)
def _second(whole: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))


def place_of(spec: ServiceSpec, folder: str, environment: Mapping[str, str]) -> Place:
    """Place of the data of a service: `local` stands where v1 had subscription and resource group."""
    workspace = "/".join(
        (
            environment.get("AZUREML_ARM_SUBSCRIPTION") or "local",
            environment.get("AZUREML_ARM_RESOURCEGROUP") or "local",
            environment.get("AZUREML_ARM_WORKSPACE_NAME") or environment.get("WORKSPACE_NAME") or "default",
        )
    )
    model, version = _only_model(spec.model_dir)
    return Place(spec.data_folder or os.path.join(folder, DATA_FOLDER), spec.name, workspace, model, version)


def _only_model(model_dir: str) -> Tuple[str, str]:
    """Name and version when exactly one model was deployed."""
    parts = model_dir.replace("\\", "/").rstrip("/").split("/")
    if len(parts) > 3 and parts[-3] == "azureml-models" and parts[-1].isdigit():
        return parts[-2], parts[-1]
    return "default", "default"


def _total_bytes(environment: Mapping[str, str]) -> int:
    try:
        megabytes = float(environment.get(DATA_MEGABYTES, TOTAL_MEGABYTES))
    except ValueError:
        megabytes = TOTAL_MEGABYTES
    return int(max(1.0, megabytes) * 1_000_000)


_service: Optional[Tuple[ServiceSpec, str]] = None
_collector: Optional[Collector] = None


def begin(spec: ServiceSpec, folder: str, environment: MutableMapping[str, str]) -> Optional[Collector]:
    """The collector of this worker, or None where nothing is to be collected. Called before the script is imported,
    as what it makes itself (ModelDataCollector) goes to the same place."""
    global _service, _collector
    _service, _collector = (spec, folder), None
    if not spec.collect_data:
        return None
    environment[ENABLED_VARIABLE] = "true"
    for name in MONITORING_VARIABLES:
        environment.setdefault(name, "true")
    _collector = Collector(spec, folder)
    atexit.register(_collector.close)
    return _collector


def for_script() -> Collector:
    """Collector that gets the rows of a script's ModelDataCollector; from now on nothing else is collected."""
    global _collector
    if _collector is None:
        if _service is not None:
            _collector = Collector(*_service, automatic=False)
        else:
            root = os.path.join(os.environ.get("AML_APP_ROOT") or os.getcwd(), "data")
            place = Place(
                root, os.environ.get("SERVICE_NAME") or "default", "local/local/default", "default", "default"
            )
            _collector = Collector.at(place, _total_bytes(os.environ))
        atexit.register(_collector.close)
    _collector.automatic = False
    return _collector


def finish(timeout: float = 20.0) -> None:
    """Writes what waits before the worker ends."""
    if _collector is not None:
        _collector.close(timeout)
