"""Facts about the sign-in of a context of a kubeconfig, which a person confirms, without any token or key. Nothing is
run here."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scoredock import l10n, run
from scoredock.clusters.failures import without_secrets
from scoredock.clusters.kubeconfig import Selection
from scoredock.clusters.target import ClusterPlace
from scoredock.confirmations import RUNS, Facts, confirmed_facts, require_confirmed

_PROJECT = (".git", ".hg", "pyproject.toml", ".vscode", ".azureml")
"""A folder with one of these is a project, whose files come from others with the next pull."""
_LARGEST = 1 << 28
_CHUNK = 1 << 20
_DIGITS = 32


def place_key(place: ClusterPlace) -> str:
    """Key of what is confirmed at once: all namespaces of a context."""
    return "\n".join(("cluster", place.kubeconfig, place.context))


def login_facts(selection: Selection, before: Facts | None = None) -> Facts:
    """Present facts about a login. `before` are the confirmed ones, whose program is the one that runs: PATH of a later
    day decides nothing."""
    cluster, user = selection.cluster, selection.user
    login = user.get("exec")
    facts: dict[str, list[str]] = {
        "address": [selection.server],
        "authority": _authority(cluster),
        "verification": ["none"] if cluster.get("insecure-skip-tls-verify") else [],
        "name": _line(cluster.get("tls-server-name")),
        "proxy": _line(_without_login(str(cluster.get("proxy-url") or ""))),
        "login": [*_kinds(user)],
    }
    if isinstance(login, dict):
        facts |= _program_facts(login, selection.user_folder, before)
    return {key: lines for key, lines in facts.items() if lines}


def require_confirmed_login(place: ClusterPlace, selection: Selection) -> str:
    """The path of the program that signs in; empty for none. Raises ScoredockError `compute-changed`,
    `compute-unconfirmed`."""
    key = place_key(place)
    facts = login_facts(selection, confirmed_facts(key))
    require_confirmed(key, facts, l10n.t("The context “{context}”", context=place.context))
    return next(iter(facts.get(RUNS, ())), "")


def _program_facts(login: Mapping[str, Any], folder: Path, before: Facts | None) -> dict[str, list[str]]:
    command = str(login.get("command") or "")
    program = _program(command, before)
    arguments = [without_secrets(str(each)) for each in login.get("args") or []]
    variables = [each for each in login.get("env") or [] if isinstance(each, dict)]
    return {
        RUNS: [program],
        "command": [command] if command != program else [],
        "arguments": arguments,
        # A value may be a password.
        "variables": [f"{each.get('name')}={_digest(str(each.get('value') or '').encode())}" for each in variables],
        "files": [
            *(_hidden(arguments, login)),
            *(f"{each}={_file_digest(each)}" for each in (Path(program),) if is_exposed(each)),
            *_named_files(login, folder),
        ],
    }


def _named_files(login: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Those that arguments name, `FILE` and `--option=FILE`, as the program finds them in the folder where it runs: a
    relative one by its path, and by its bytes those that others may change."""
    for argument in map(str, login.get("args") or []):
        for name in (argument, argument.partition("=")[2]):
            file = folder / name
            with contextlib.suppress(OSError):
                if file.is_file() and ((is_open := is_exposed(file)) or not Path(name).is_absolute()):
                    yield f"{file}={_file_digest(file) if is_open else ''}"


def _hidden(arguments: list[str], login: Mapping[str, Any]) -> Iterator[str]:
    """Arguments that are not kept as they are count by their digest."""
    originals = list(map(str, login.get("args") or []))
    if originals != arguments:
        yield f"arguments={_digest(repr(originals).encode('utf-8', 'surrogatepass'))}"


def _program(command: str, before: Facts | None) -> str:
    """The path of what runs; the command itself where there is none."""
    if os.sep in command or "/" in command:
        return command
    with contextlib.suppress(OSError):
        for path in map(Path, (before or {}).get(RUNS, ())):
            if path.is_absolute() and path.name == command and path.is_file():
                return str(path)
        return run.resolve_executable(command)
    return command


def is_exposed(file: Path) -> bool:
    """True if somebody else may change what a path leads to: others may write to it or to its folder, or it lies in a
    project. What is not there is not."""
    with contextlib.suppress(OSError):
        for each in {file, file.resolve()}:
            if not each.is_file():
                return False
            if any(_written_by_others(one) for one in (each, each.parent)) or _in_project(each.parent):
                return True
    return False


def _written_by_others(path: Path) -> bool:
    status = path.stat()
    if os.name == "nt":
        return False
    return bool(status.st_mode & 0o022) or status.st_uid not in (os.geteuid(), 0)


def _in_project(folder: Path) -> bool:
    home = Path.home()
    for each in (folder, *folder.parents):
        if each == home or each == each.parent:
            return False  # a home folder that is kept in git is the person's own
        if any((each / mark).exists() for mark in _PROJECT):
            return True
    return False


def _file_digest(file: Path) -> str:
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            while stream.tell() < _LARGEST and (piece := stream.read(_CHUNK)):
                digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()[:_DIGITS]


def _authority(cluster: Mapping[str, Any]) -> list[str]:
    """By its digest; none for the authorities of this machine."""
    text = cluster.get("certificate-authority-data")
    file = cluster.get("certificate-authority")
    if text:
        with contextlib.suppress(ValueError):
            return [f"sha256:{_digest(base64.b64decode(str(text)))}"]
        return [f"sha256:{_digest(str(text).encode())}"]
    return [f"sha256:{_file_digest(Path(str(file)))}"] if file else []


def _kinds(user: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(user.get("exec"), dict):
        yield "exec"
    if user.get("tokenFile"):
        yield f"tokenFile {user['tokenFile']}"
    for key, word in (("token", "token"), ("client-certificate", "certificate"), ("username", "password")):
        if user.get(key) or user.get(f"{key}-data"):
            yield word
    if user.get("as"):
        yield f"as {user['as']}"


def _without_login(address: str) -> str:
    try:
        parts = urlsplit(address)
        return address.replace(f"{parts.netloc.rpartition('@')[0]}@", "", 1) if "@" in parts.netloc else address
    except ValueError:
        return address


def _line(value: object) -> list[str]:
    return [str(value)] if value else []


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
