"""The process that speaks with py-rattler: solves and installs what `scoredock.environments.conda.packages` asks for.

A process of its own, so that the library (80 MB) is in nobody's memory for longer than it is needed, a cancel ends it
whatever it does, and its folder's name in the command line tells whose it is. It reads `request.json` in the folder
that it is given, writes `answer.json` there, and tells steps on standard output.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from scoredock.environments.conda.lock import DOWNLOAD, STEP

if TYPE_CHECKING:
    from rattler import Client, GenericVirtualPackage, InstallerReporter, RepoDataRecord

_NETWORK_SECONDS = 60
_TELL_SECONDS = 0.2
"""Between two lines about what is downloaded."""
_LIBC = ("2.31", "5.4")
"""glibc and kernel that are assumed where packages are solved for another system: Debian 11's."""


class Refused(Exception):
    """Error that the person can act on: a kind that the caller knows, and rattler's words."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def main(folder: Path) -> None:
    """Do what `request.json` asks for. Never raises for what a package or a channel does."""
    request = json.loads((folder / "request.json").read_text("utf-8"))
    try:
        answer = asyncio.run(_solve(request) if request["verb"] == "solve" else _install(request))
    except Refused as refused:
        answer = {"error": {"kind": refused.kind, "message": str(refused)}}
    (folder / "answer.json").write_text(json.dumps(answer), "utf-8")


async def _solve(request: dict[str, Any]) -> dict[str, Any]:
    from rattler import Channel, ChannelPriority, Gateway, MatchSpec, Subdir, solve
    from rattler.exceptions import GatewayError, InvalidChannelError, InvalidMatchSpecError, SolverError

    specs: list[MatchSpec | str] = []  # as texts they would be read strictly, and `3.11.7=build` refused
    for written in request["specs"]:
        try:
            specs.append(MatchSpec(written))
        except InvalidMatchSpecError as error:
            raise Refused("spec", f"{written}\n{error}") from None
    platform = request["platform"] or str(Subdir.current())
    try:
        channels = [Channel(url) for url in request["channels"]]
        records = await solve(
            channels,
            specs,
            gateway=Gateway(client=_client()),
            platforms=[Subdir(platform), Subdir("noarch")],
            virtual_packages=_virtual_packages(request["platform"]),
            channel_priority=ChannelPriority.Strict,
        )
    except SolverError as error:
        raise Refused("unsatisfiable", str(error)) from None
    except (GatewayError, InvalidChannelError) as error:
        raise Refused("channel", str(error)) from None
    return {"platform": platform, "packages": [_document(record) for record in records]}


def _virtual_packages(platform: str) -> list[GenericVirtualPackage]:
    from rattler import BuildString, GenericVirtualPackage, PackageName, Subdir, Version, VirtualPackage

    if platform in ("", str(Subdir.current())):
        return [found.into_generic() for found in VirtualPackage.detect()]
    names = [("__unix", "0"), ("__linux", _LIBC[1]), ("__glibc", _LIBC[0])] if platform.startswith("linux") else []
    return [GenericVirtualPackage(PackageName(name), Version(version), BuildString("0")) for name, version in names]


async def _install(request: dict[str, Any]) -> dict[str, Any]:
    from rattler import Subdir, install
    from rattler.exceptions import InstallerError, IoError, LinkError, TransactionError

    for package in request["packages"]:
        _verify(package)
    records = [_record(package) for package in request["packages"]]
    platform = Subdir(request["platform"]) if request["platform"] else None
    try:
        await install(
            records,
            request["prefix"],
            platform=platform,
            client=_client(),
            show_progress=False,
            execute_link_scripts=False,  # they would write for the prefix that is embedded, which is not there yet
            reporter=_reporter({package["name"].lower(): package["size"] for package in request["packages"]}),
            alternative_target_prefix=request["embedded"] or None,
        )
    except (InstallerError, LinkError, TransactionError, IoError) as error:
        raise Refused(_kind(str(error)), str(error)) from None
    return {}


def _verify(package: dict[str, Any]) -> None:
    """Packages of a folder: rattler compares the hashes of what it fetches over a network only."""
    if not package["url"].startswith("file://") or not package["sha256"]:
        return
    try:
        with Path(url2pathname(urlsplit(package["url"]).path)).open("rb") as stream:
            digest = hashlib.sha256()
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise Refused("download", f"{package['url']}\n{error}") from None
    if digest.hexdigest() != package["sha256"]:
        raise Refused("hash", f"{package['url']}\nits SHA-256 is {digest.hexdigest()}, not {package['sha256']}")


def _kind(message: str) -> str:
    text = message.lower()
    if "hash mismatch" in text or "checksum" in text or "expected sha256" in text:
        return "hash"
    if "no space left" in text or "os error 28" in text:
        return "disk"
    if any(
        sign in text for sign in ("error sending request", "404", "no such file", "failed to download", "dns error")
    ):
        return "download"
    return "install"


def _client() -> Client:
    from rattler import Client

    return Client.default_client(max_retries=1, timeout=_NETWORK_SECONDS)


def _document(record: RepoDataRecord) -> dict[str, Any]:
    return {
        "name": record.name.source,
        "version": str(record.version),
        "build": str(record.build),
        "build_number": record.build_number,
        "subdir": str(record.subdir),
        "file_name": record.file_name,
        "url": record.url,
        "channel": record.channel,
        "sha256": record.sha256.hex() if record.sha256 else "",
        "md5": record.md5.hex() if record.md5 else "",
        "size": record.size or 0,
        "noarch": "python" if record.noarch.python else "generic" if record.noarch.generic else "",
        "depends": list(record.depends),
        "constrains": list(record.constrains),
        "site_packages": record.python_site_packages_path or "",
        "license": record.license or "",
    }


def _record(document: dict[str, Any]) -> RepoDataRecord:
    from rattler import BuildString, PackageRecord, RepoDataRecord

    package = PackageRecord(
        document["name"],
        document["version"],
        BuildString(document["build"]),
        document["build_number"],
        document["subdir"],
        noarch=document["noarch"] or None,
        depends=document["depends"],
        constrains=document["constrains"],
        sha256=bytes.fromhex(document["sha256"]) if document["sha256"] else None,
        md5=bytes.fromhex(document["md5"]) if document["md5"] else None,
        size=document["size"] or None,
        python_site_packages_path=document["site_packages"] or None,
    )
    return RepoDataRecord(package, document["file_name"], document["url"], document["channel"])


def _reporter(sizes: dict[str, int]) -> InstallerReporter:
    """Tells what is fetched, how much of it is there and how far linking is. `sizes`: bytes of each package by name."""
    from rattler import InstallerReporter

    class Reporter(InstallerReporter):
        def __init__(self) -> None:
            self.linked = 0
            self.names: dict[int, str] = {}
            self.fetched: dict[int, int] = {}
            self.last_report = 0.0

        def on_populate_cache_start(self, operation: int, package_name: str) -> int:
            self.names[operation] = package_name
            print(f"Fetching {package_name}", flush=True)
            return operation

        def on_download_start(self, cache_entry: int) -> int:
            return cache_entry

        def on_download_progress(self, download_idx: int, progress: int, total: int | None) -> None:  # noqa: ARG002
            self.fetched[download_idx] = progress
            now = time.monotonic()
            if now - self.last_report >= _TELL_SECONDS:
                self.last_report = now
                print(f"{DOWNLOAD}{sum(self.fetched.values())}\t{sum(sizes.values())}", flush=True)

        def on_populate_cache_complete(self, cache_entry: int) -> None:
            # one that was unpacked before counts as well
            self.fetched[cache_entry] = sizes.get(self.names.get(cache_entry, ""), 0)

        def on_link_start(self, operation: int, package_name: str) -> int:
            self.linked += 1
            print(f"{STEP}{package_name}\t{self.linked}\t{len(sizes)}", flush=True)
            return operation

    return Reporter()  # type: ignore[abstract]  # a protocol whose other methods all have bodies that do nothing


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    # Without the end of the interpreter: threads of rattler may call into it then, which ends in a segmentation fault
    # (PyO3/pyo3-async-runtimes, issue 40). All is done and written.
    sys.stdout.flush()
    os._exit(0)
