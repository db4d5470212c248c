"""Blobs of Azure: which there are below a path, and their bytes, verified, through signatures that are renewed."""

import contextlib
import hashlib
import importlib
import os
import threading
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

from . import waiting
from .account import ShelfAccount
from .faults import FORBIDDEN, FOREIGN, GONE, TOKEN, Fault, fault_of
from .locations import Place
from .token_places import host_and_port, is_for, is_storage, storage_suffix

Entry = NamedTuple("Entry", (("path", str), ("blob", str), ("size", int), ("etag", str), ("md5", str)))
"""A file below a place: its path there, its blob, and what it is verified by; `md5` is empty where Azure has none."""
_PIECE = 4 << 20
_PAUSES = (0.2, 0.6, 1.5)
"""Seconds before another attempt after a connection that broke."""
_PAUSES_WHILE_BUSY = (1.0, 2.0, 4.0, 8.0, 16.0)
"""The same where storage answers that it has too much to do."""
_AT_LAST = {TOKEN: "sign-in", "busy": "unreachable"}
_OF_FILES = ("changed", "damaged", "path", "disk", "disk-full", "package")
"""No answers of a host. Those of a foreign one name that host, and end nothing else."""


class Storage:
    """Containers of one workspace. Safe to use from several threads."""

    def __init__(self, account: ShelfAccount) -> None:
        self._account = account
        self._lock = threading.RLock()
        self._containers: Dict[Tuple[str, str, str, str], Tuple[Any, str]] = {}
        self._stores: Any = None
        self._suffix = ""

    def entries(self, place: Place) -> Tuple[str, List[Entry]]:
        """The name of what is at a place, and its files: those below it, or it alone.

        Raises Fault `gone`, and what asking raises.
        """
        name = place.path.rpartition("/")[2]
        files = self._attempt(place, lambda container: list(_below(container, place.path)))
        if not files:
            raise Fault(GONE)
        return name, files

    def download(self, place: Place, entry: Entry, target: str, parts: str, tell: Callable[[int], None]) -> None:
        """Downloads the bytes of a blob to a file, which is there when they are all there and verified, and not before.

        What came before a cut is gone on with. Raises Fault `changed`, `damaged`, and what asking raises.
        """
        if os.path.exists(target) and os.path.getsize(target) == entry.size:
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        # With the target: two deployments of an endpoint may have the same code, and each takes its own part.
        mark = hashlib.sha256("\n".join((entry.blob, entry.etag, target)).encode("utf-8")).hexdigest()[:32]
        part = os.path.join(parts, mark)
        self._attempt(place, lambda container: _take(container, entry, part, tell))
        os.replace(part, target)

    def foreign_host(self, place: Place) -> str:
        """Host of a place that is read without the person's sign-in and without a secret of the workspace; empty for
        others.
        """
        return self._container(place)[1]

    def _attempt(self, place: Place, work: Callable[[Any], Any]) -> Any:
        """Result of `work(container)`, with new signatures if they are no longer taken, and again after a connection
        that broke.
        """
        pauses, has_renewed = {"unreachable": list(_PAUSES), "busy": list(_PAUSES_WHILE_BUSY)}, False
        while True:
            generation = self._account.generation
            container, foreign = self._container(place)
            try:
                return work(container)
            except Exception as error:
                fault = fault_of(error)
                is_signature = fault.code == TOKEN or (fault.code == FORBIDDEN and _is_signature(error))
                if is_signature and not has_renewed and not foreign:
                    has_renewed = True
                    self._forget(generation)
                elif pauses.get(fault.code):
                    time.sleep(pauses[fault.code].pop(0))
                elif foreign and fault.code not in _OF_FILES:
                    raise Fault(FOREIGN, foreign)
                else:
                    raise Fault(_AT_LAST.get(fault.code, fault.code), fault.message)

    def _forget(self, generation: int) -> None:
        with self._lock:
            self._containers.clear()
        self._account.renew(generation)

    def _container(self, place: Place) -> Tuple[Any, str]:
        """And what `foreign_host` says of it."""
        key = (place.datastore, place.address, place.container, place.signature)
        with self._lock:
            if key not in self._containers:
                self._containers[key] = self._open(place)
            return self._containers[key]

    def _open(self, place: Place) -> Tuple[Any, str]:
        if place.datastore:
            address, container, credential = self._of_datastore(place.datastore)
        else:
            address, container, credential = self._of_address(place)
        is_foreign = credential is None or (not place.datastore and not self._names(place.address))
        blob = importlib.import_module("azure.storage.blob")
        client = blob.ContainerClient(
            address,
            container,
            credential=credential,
            retry_total=0,
            permit_redirects=False,  # the client library would sign the next request as well, wherever it goes
            connection_timeout=waiting.CONNECT_SECONDS,
            read_timeout=waiting.READ_SECONDS,
            max_single_get_size=_PIECE,
            max_chunk_get_size=_PIECE,
        )
        return client, host_and_port(address) if is_foreign else ""

    def _of_datastore(self, name: str) -> Tuple[str, str, Any]:
        store = self._account.ask(lambda client: client.datastores.get(name, include_secrets=True))
        container = getattr(store, "container_name", None) or getattr(store, "filesystem", None)
        if not container or not getattr(store, "account_name", None):
            raise Fault("datastore", "{} ({})".format(name, getattr(store, "type", "")))
        credentials = store.credentials
        key = getattr(credentials, "account_key", None)
        # The name beside the key: the client library finds it in addresses of the public cloud only.
        of_key = {"account_name": store.account_name, "account_key": key} if key else None
        secret = of_key or getattr(credentials, "sas_token", None)
        address = _address_of(store)
        return address, str(container), secret or self._own_credential(address)

    def _of_address(self, place: Place) -> Tuple[str, str, Any]:
        """Address, container and credential of a place: the secret of the datastore that is the same container, else
        the signature of the address, else the person's sign-in if that is for it.
        """
        for store in self._datastores():
            container = getattr(store, "container_name", None) or getattr(store, "filesystem", None)
            if _is_account(store, place.address) and container == place.container:
                return self._of_datastore(store.name)
        if not self._names(place.address):
            return place.address, place.container, place.signature or None
        address = _with_tls(place.address)
        return address, place.container, place.signature or self._own_credential(address)

    def _own_credential(self, address: str) -> Any:
        """None, by which one asks without any, outside of the cloud's storage."""
        return self._account.credential if is_storage(address, self._cloud()) else None

    def _names(self, address: str) -> bool:
        """True if an address is in an account of the cloud's storage that a datastore of the workspace names."""
        is_of_cloud = is_storage(_with_tls(address), self._cloud())
        return is_of_cloud and any(_is_account(each, address) for each in self._datastores())

    def _datastores(self) -> Any:
        if self._stores is None:
            self._stores = self._account.ask(lambda client: list(client.datastores.list()))
        return self._stores

    def _cloud(self) -> str:
        self._suffix = self._suffix or storage_suffix()
        return self._suffix


def _address_of(store: Any) -> str:
    return "{}://{}.blob.{}".format(store.protocol or "https", store.account_name, store.endpoint)


def _is_account(store: Any, address: str) -> bool:
    """Also of an address of the days before TLS, which is read with TLS."""
    return bool(getattr(store, "account_name", None)) and is_for(_with_tls(_address_of(store)), _with_tls(address))


def _with_tls(address: str) -> str:
    return "https:" + address[5:] if address.startswith("http:") else address


def _below(container: Any, path: str) -> Iterator[Entry]:
    blobs = list(container.list_blobs(name_starts_with=path + "/", include=["metadata"]))
    if not blobs:
        blobs = [each for each in container.list_blobs(name_starts_with=path) if each.name == path]
        for blob in blobs:
            yield _entry(blob, path.rpartition("/")[2])
        return
    for blob in blobs:
        relative = blob.name[len(path) + 1 :]
        is_folder = (blob.metadata or {}).get("hdi_isfolder") == "true" or relative.endswith("/") or not relative
        if not is_folder:
            yield _entry(blob, relative)


def _entry(blob: Any, path: str) -> Entry:
    md5 = blob.content_settings.content_md5 if blob.content_settings else None
    require_path(path)
    return Entry(path, blob.name, int(blob.size), str(blob.etag).strip('"'), bytes(md5).hex() if md5 else "")


def require_path(path: str) -> None:
    """Raises Fault `path` for one that could leave its folder, or that a file cannot have."""
    names = path.split("/")
    if any(
        name in ("", ".", "..") or "\\" in name or "\0" in name or len(name.encode("utf-8")) > 255 for name in names
    ):
        raise Fault("path", path[:200])


def _take(container: Any, entry: Entry, part: str, tell: Callable[[int], None]) -> None:
    """Into the part, from where it ends."""
    core = importlib.import_module("azure.core")
    md5 = hashlib.md5()
    have = _hashed(part, md5)
    if have > entry.size:
        have, md5 = 0, hashlib.md5()
    with open(part, "r+b" if have else "wb") as stream:
        stream.seek(have)
        stream.truncate()
        if have < entry.size:
            blob = container.get_blob_client(entry.blob)
            options = {"etag": '"{}"'.format(entry.etag), "match_condition": core.MatchConditions.IfNotModified}
            chunks = blob.download_blob(offset=have, length=entry.size - have, **options).chunks()
            for chunk in chunks:
                stream.write(chunk)
                md5.update(chunk)
                have += len(chunk)
                tell(len(chunk))
        stream.flush()
        os.fsync(stream.fileno())
    if have != entry.size or (entry.md5 and md5.hexdigest() != entry.md5):
        with contextlib.suppress(OSError):
            os.remove(part)
        raise Fault("damaged" if have == entry.size else "unreachable", entry.path[:200])


def _hashed(part: str, digest: Any) -> int:
    """How much of the part is there."""
    size = 0
    with contextlib.suppress(FileNotFoundError), open(part, "rb") as stream:
        for piece in iter(lambda: stream.read(_PIECE), b""):
            digest.update(piece)
            size += len(piece)
    return size


def _is_signature(error: BaseException) -> bool:
    return "AuthenticationFailed" in str(getattr(error, "error_code", "")) or "AuthenticationFailed" in str(error)
