"""Fetches chosen things from Azure: what is said of each as `document.json`, and its files, in a folder of its own.

A folder with `complete.json` has everything; one without is gone on with.
"""

import hashlib
import json
import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, List, Tuple

from .account import ShelfAccount
from .faults import CHANGED, FATAL, GONE, Fault, fault_of
from .listing import best_child, created, deployments_of, labels, plain_word, text
from .locations import ARTIFACTS, BLOBS, Place, place_of
from .model_management import ModelManagement
from .services import ServiceReader
from .storage import Entry, Storage

Item = Dict[str, Any]
_ITEMS_AT_ONCE = 4
_FILES_AT_ONCE = 8
_TELL_SECONDS = 0.2
COMPLETE, DOCUMENT, FILES, PARTS = "complete.json", "document.json", "files", "parts"


class Fetching:
    """Fetches all items of a job, several at once."""

    def __init__(self, account: ShelfAccount, job: Dict[str, Any], tell: Callable[..., None]) -> None:
        self._account = account
        self._workspace = str(job["workspace"])
        self._items = job["items"]
        self._folder = str(job["folder"])
        self._tell = tell
        self._storage = Storage(account)
        self._services = ServiceReader(ModelManagement(account, job), self._place)
        self._files = ThreadPoolExecutor(_FILES_AT_ONCE)
        self._lock = threading.Lock()
        self._bytes = 0
        self._last_progress = 0.0
        self._failed: Any = None

    def fetch_all(self) -> None:
        """Says of each item that it is there, or why not. Raises Fault for what ends everything."""
        with ThreadPoolExecutor(_ITEMS_AT_ONCE) as pool:
            for _ in pool.map(self._fetch_and_tell, self._items):
                pass
        self._files.shutdown()
        if self._failed is not None:
            raise self._failed

    def _fetch_and_tell(self, item: Item) -> None:
        if self._failed is not None:
            return
        try:
            self._tell("done", key=item["key"], **self._fetch(item))
        except Exception as error:
            fault = fault_of(error)
            if fault.code in FATAL:
                self._failed = self._failed or fault
            else:
                self._tell("failed", key=item["key"], code=fault.code, message=fault.message)

    def _fetch(self, item: Item) -> Dict[str, Any]:
        folder = os.path.join(self._folder, item["folder"])
        before = read(os.path.join(folder, COMPLETE))
        if before is not None and (not before["same"] or item.get("same")):
            return dict(before)
        for name in (FILES, PARTS):
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        work = {
            "model": self._model,
            "environment": self._environment,
            "service": self._service,
            "run": self._run,
        }.get(item["kind"], self._endpoint)
        files = _ItemFiles(self, folder, str(item.get("same") or ""))
        document = work(item, files)
        if not files.is_same:
            files.download()
        write(os.path.join(folder, DOCUMENT), document)
        complete = {"files": files.count, "bytes": files.size, "digest": files.digest, "same": files.is_same}
        complete["foreign"] = files.foreign
        write(os.path.join(folder, COMPLETE), complete)
        shutil.rmtree(os.path.join(folder, PARTS), ignore_errors=True)
        return complete

    def came(self, count: int) -> None:
        """Counts bytes that have come, and reports them from time to time."""
        with self._lock:
            self._bytes += count
            if time.monotonic() - self._last_progress < _TELL_SECONDS:
                return
            self._last_progress = time.monotonic()
            amount = self._bytes
        self._tell("progress", bytes=amount)

    def download_all(self, jobs: List[Tuple[Place, Entry, str]], parts: str) -> None:
        """Waits for all, and raises what the first one raised."""
        futures = [
            self._files.submit(self._storage.download, place, entry, target, parts, self.came)
            for place, entry, target in jobs
        ]
        try:
            for future in futures:
                future.result()
        except BaseException:
            for future in futures:
                future.cancel()
            raise

    def entries(self, place: Place) -> Tuple[str, List[Entry]]:
        return self._storage.entries(place)

    def foreign_host(self, place: Place) -> str:
        return self._storage.foreign_host(place)

    # ------------------------------------------------------------------------------------------ kinds

    def _model(self, item: Item, files: "_ItemFiles") -> Item:
        model = self._account.ask(lambda client: client.models.get(item["name"], item["version"]))
        files.add(self._place(model.path), "")
        return {
            "path": str(model.path or "").split("?")[0],
            "type": str(model.type or ""),
            "description": text(model.description),
            "tags": labels(model.tags),
            "properties": labels(model.properties),
            "flavors": sorted(getattr(model, "flavors", None) or {}),
            "job": str(getattr(model, "job_name", "") or ""),
            "created": created(model),
        }

    def _environment(self, item: Item, files: "_ItemFiles") -> Item:
        environment = self._account.ask(lambda client: client.environments.get(item["name"], item["version"]))
        return self._described(environment, files, "")

    def _described(self, environment: Any, files: "_ItemFiles", below: str) -> Item:
        """Facts of an environment, with the files of its Dockerfile if it is made from one."""
        build = environment.build
        if build is not None and build.path:
            files.add(self._place(str(build.path)), below, inside=True)
        return {
            "image": str(environment.image or ""),
            "conda": environment.conda_file or None,
            "dockerfile": str(build.dockerfile_path or "Dockerfile") if build is not None else "",
            "description": text(environment.description),
            "tags": labels(environment.tags),
            "created": created(environment),
            "inference": bool(environment.inference_config),
        }

    def _service(self, item: Item, files: "_ItemFiles") -> Item:
        return self._services.read(item["name"], files.add_if_there)

    def _endpoint(self, item: Item, files: "_ItemFiles") -> Item:
        kind, name = item["kind"].partition("-")[0], item["name"]
        endpoint = self._account.ask(lambda client: getattr(client, kind + "_endpoints").get(name))
        deployments = []
        for deployment in deployments_of(self._account, kind, name):
            deployments.append(self._deployment(deployment, files))
        return {"endpoint": document_of(endpoint), "deployments": deployments}

    def _deployment(self, deployment: Any, files: "_ItemFiles") -> Item:
        """Document of a deployment, with its code and an environment that has no name of its own."""
        name = str(deployment.name)
        notes: List[Dict[str, str]] = []
        code = getattr(deployment.code_configuration, "code", None) if deployment.code_configuration else None
        if code:
            notes += files.add_if_there(lambda: self._place(self._code(str(code))), name + "/code")
        document = {"document": document_of(deployment), "environment": None, "notes": notes}
        environment = deployment.environment
        anonymous = _asset_of(environment) if isinstance(environment, str) else None
        if anonymous and anonymous[0].startswith("CliV2AnonymousEnvironment"):
            own = self._account.ask(lambda client: client.environments.get(*anonymous))
            document["environment"] = self._described(own, files, name + "/environment")
        return document

    def _code(self, reference: str) -> str:
        asset = _asset_of(reference)
        if asset is None:
            return reference
        return str(self._account.ask(lambda client: client._code.get(*asset)).path)

    def _run(self, item: Item, files: "_ItemFiles") -> Item:
        job = self._account.ask(lambda client: client.jobs.get(item["name"]))
        child = best_child(job)
        notes = self._outputs(item["name"], job, files, "")
        if child:
            notes += self._outputs(child, None, files, "best-child/")
        if not files.jobs and notes:
            raise Fault(GONE)
        return {
            "name": item["name"],
            "title": text(getattr(job, "display_name", "") or ""),
            "type": str(getattr(job, "type", "") or ""),
            "status": plain_word(getattr(job, "status", "")),
            "experiment": text(getattr(job, "experiment_name", "") or ""),
            "tags": labels(job.tags),
            "properties": labels(job.properties),
            "created": created(job),
            "bestChild": child,
            "notes": notes,
        }

    def _outputs(self, run: str, job: Any, files: "_ItemFiles", below: str) -> List[Dict[str, str]]:
        """The `outputs` of a run, and the named ones; notes of those that are not there."""
        default = Place(ARTIFACTS, "", "", "ExperimentRun/dcid.{}/outputs".format(run), "")
        notes = files.add_if_there(lambda: default, below + "outputs", inside=True)
        for name, output in sorted((getattr(job, "outputs", None) or {}).items()):
            if name == "default":
                continue
            uri = str(getattr(output, "path", None) or "")
            place = self._place(uri) if uri else Place(BLOBS, "", "", "azureml/{}/{}".format(run, name), "")
            notes += files.add_if_there(_giving(place), below + name, inside=True)
        return notes

    def _place(self, uri: str) -> Place:
        return place_of(uri or "", self._workspace)


class _ItemFiles:
    """The files of one item."""

    def __init__(self, fetching: Fetching, folder: str, same: str) -> None:
        self._fetching = fetching
        self._folder = folder
        self._same = same
        self.jobs: List[Tuple[Place, Entry, str]] = []

    def add(self, place: Place, below: str, inside: bool = False) -> None:
        """Adds the files at a place, below a folder: under their own name, or with `inside` without it."""
        name, entries = self._fetching.entries(place)
        is_file = len(entries) == 1 and entries[0].blob == place.path
        for entry in entries:
            path = entry.path if is_file or inside else "{}/{}".format(name, entry.path)
            self.jobs.append((place, entry, "{}/{}".format(below, path) if below else path))

    def add_if_there(self, place: Callable[[], Place], below: str, inside: bool = True) -> List[Dict[str, str]]:
        """Adds files as `add` does; returns a note if they are gone or may not be read."""
        try:
            self.add(place(), below, inside)
        except Exception as error:
            fault = fault_of(error)
            if fault.code in FATAL:
                raise
            return [{"what": below, "code": fault.code, "message": fault.message}]
        return []

    def download(self) -> None:
        """All of them, once more where one changed meanwhile."""
        root = os.path.join(self._folder, FILES)
        self._clear(root)
        jobs = [(place, entry, os.path.join(root, *path.split("/"))) for place, entry, path in self.jobs]
        try:
            self._fetching.download_all(jobs, os.path.join(self._folder, PARTS))
        except Fault as fault:
            if fault.code == CHANGED:
                shutil.rmtree(root, ignore_errors=True)
            raise

    def _clear(self, root: str) -> None:
        """Removes files that came from other blobs than those that are there now."""
        listing = os.path.join(self._folder, "listing.json")
        now = {path: [entry.size, entry.etag] for _, entry, path in self.jobs}
        before = read(listing)
        if before == now:
            return
        for path, was in (before or {}).items():
            if now.get(path) != was and os.path.exists(os.path.join(root, *path.split("/"))):
                os.remove(os.path.join(root, *path.split("/")))
        write(listing, now)

    @property
    def count(self) -> int:
        return len(self.jobs)

    @property
    def size(self) -> int:
        return sum(entry.size for _, entry, _ in self.jobs)

    @property
    def foreign(self) -> List[str]:
        """Hosts that are read without the person's sign-in."""
        return sorted({self._fetching.foreign_host(place) for place in {job[0] for job in self.jobs}} - {""})

    @property
    def digest(self) -> str:
        """Digest of names, sizes and sums: equal for the same files without reading them."""
        rows = sorted([path, entry.size, entry.md5 or entry.etag] for _, entry, path in self.jobs)
        return hashlib.sha256(json.dumps(rows).encode("utf-8")).hexdigest()

    @property
    def is_same(self) -> bool:
        """True if they are those that came before."""
        return bool(self._same) and self.digest == self._same


def _giving(place: Place) -> Callable[[], Place]:
    return lambda: place


def document_of(entity: Any) -> Any:
    """An endpoint or deployment as its file of v2 would say it, as plain JSON."""
    return json.loads(json.dumps(entity._to_dict(), default=plain_word))


def _asset_of(reference: str) -> "Tuple[str, str] | None":
    """Name and version of an id."""
    parts = reference.strip("/").split("/")
    if len(parts) > 3 and parts[-2] == "versions" and "registries" not in parts:
        return parts[-3], parts[-1]
    return None


def read(path: str) -> Any:
    """A document; None where there is none that can be read."""
    try:
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)
    except (OSError, ValueError):
        return None


def write(path: str, document: Any) -> None:
    """Writes a document as JSON in one step."""
    with open(path + ".new", "w", encoding="utf-8") as stream:
        json.dump(document, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(path + ".new", path)
