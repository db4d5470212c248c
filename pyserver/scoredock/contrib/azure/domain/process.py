"""Runs `azure_process` in a Python that has azure-ai-ml, which is looked for, and puts its failures into sentences."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any

from scoredock import l10n, threads
from scoredock.contrib.azure.domain.pull_folder import writing
from scoredock.errors import DiskFull, Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken
from scoredock.run import Piped, TimedOut, child_environment, kill_tree, run, start_piped

PACKAGES = "azure-ai-ml azure-identity"
_PROGRAM = "import sys; sys.path[0] = sys.argv[1]; from azure_process.main import main; main(sys.argv[2])"
_GRACE_SECONDS = 5.0
_LOOK = "from importlib.metadata import version; print(all(map(version, ('azure-ai-ml', 'azure-identity'))))"
_LOOK_SECONDS = 20.0
_LAST_WORDS = 300


class LibraryMissing(ScoredockError):
    """The interpreter has no azure-ai-ml; another one may."""


@dataclass(frozen=True, slots=True)
class ShelfJob:
    """Job of the process: its document, workspace and folder."""

    document: Mapping[str, Any]
    workspace: str
    """For people."""
    folder: Path
    """Where the job is written, and what it fetches lies."""


def shelf_events(job: ShelfJob, python: str, cancel: CancelToken) -> Iterator[dict[str, Any]]:
    """Yields the events of the process until its job is done; it ends with the iterator.

    What a sign-in by a person leaves stays in memory for the next job of this workspace.

    Raises LibraryMissing, ScoredockError `azure-package-missing`, `azure-sign-in-failed`, `azure-unreachable`,
    `azure-not-allowed`, `azure-workspace-missing`, `azure-refused`, `azure-process-failed`, `disk-full`, `cancelled`.
    """
    path = job.folder / "job.json"
    with writing(path):
        path.write_text(json.dumps({**job.document, "starter": os.getpid()}), "utf-8")
    words = [python, "-E", "-B", "-c", _PROGRAM, str(Path(__file__).parent), str(path)]
    cancel.raise_if_cancelled()
    try:
        process = start_piped(words, job.folder, child_environment())
    except OSError as error:
        raise ScoredockError(
            "azure-process-failed",
            l10n.t("{path} cannot be started: {reason}.", path=python, reason=error.strerror or str(error)),
        ) from None
    cancel.on_cancel(lambda: kill_tree(process.pid) if process.poll() is None else None)
    key = _key(job)
    _hand_over(process, _SIGN_INS.get(key, ""))
    try:
        for event in _events(process, job, python):
            if event["event"] == "signedIn":
                _SIGN_INS[key] = str(event["memory"])
            else:
                yield event
    except ScoredockError as error:
        if error.code in ("azure-sign-in-failed", "azure-not-allowed"):
            _SIGN_INS.pop(key, None)
        raise
    finally:
        _end(process)
        cancel.raise_if_cancelled()


_SIGN_INS: dict[tuple[str, ...], str] = {}
"""What sign-ins left, by workspace and way; never written."""


def _key(job: ShelfJob) -> tuple[str, ...]:
    names = ("subscription", "resourceGroup", "workspace", "signIn", "tenant")
    return tuple(str(job.document.get(name) or "") for name in names)


def _hand_over(process: Piped, memory: str) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # one that ended at once says why
            process.stdin.write(f"{memory}\n".encode())
            process.stdin.flush()


def _events(process: Piped, job: ShelfJob, python: str) -> Iterator[dict[str, Any]]:
    for line in _lines(process.stdout):
        try:
            event: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        if event["event"] == "end":
            return
        if event["event"] == "stopped":
            raise _failure(event, job, python)
        yield event
    last = b"".join(process.stderr.readlines(16_384) if process.stderr is not None else ()).decode("utf-8", "replace")
    words = (last.strip().splitlines() or [l10n.t("no message")])[-1][:_LAST_WORDS]
    raise ScoredockError(
        "azure-process-failed", l10n.t("The process in {python} ended early: {reason}.", python=python, reason=words)
    )


def _lines(stream: IO[bytes] | None) -> Iterator[bytes]:
    if stream is not None:
        with contextlib.suppress(OSError, ValueError):
            yield from iter(stream.readline, b"")


def _end(process: Piped) -> None:
    """Its standard input ends, by which it ends; one that does not is killed."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    call_off = threads.call_later(
        _GRACE_SECONDS, lambda: kill_tree(process.pid), name="azure-end", at_fault=threads.logged
    )
    process.wait()
    call_off()
    if process.stderr is not None:
        process.stderr.close()


def _failure(event: Mapping[str, Any], job: ShelfJob, python: str) -> ScoredockError:
    code, message = str(event["code"]), str(event["message"])
    if code == "package":
        return package_missing(python, message)
    if code == "disk-full":
        return DiskFull(
            l10n.t("The disk of {folder} is full.", folder=job.folder),
            l10n.t("Free some space and run the command again: it goes on where it was."),
            place=Place(str(job.folder)),
        )
    own = _CODES.get(code, "azure-process-failed")
    if code == "sign-in-expired":
        return ScoredockError(own, l10n.t("Nobody signed in to Azure in time: the code or the page has expired."))
    if code == "sign-in-declined":
        return ScoredockError(own, l10n.t("The sign-in to Azure was declined."))
    return ScoredockError(own, _sentence(own, job.workspace, python, f" ({message})" if message else ""))


_CODES = {
    "sign-in": "azure-sign-in-failed",
    "sign-in-expired": "azure-sign-in-failed",
    "sign-in-declined": "azure-sign-in-failed",
    "token": "azure-sign-in-failed",
    "unreachable": "azure-unreachable",
    "busy": "azure-unreachable",
    "forbidden": "azure-not-allowed",
    "workspace-missing": "azure-workspace-missing",
    "refused": "azure-refused",
}


def _sentence(code: str, name: str, python: str, reason: str) -> str:
    if code == "azure-sign-in-failed":
        return l10n.t("Signing in to Azure for the workspace {name} failed{reason}.", name=name, reason=reason)
    if code == "azure-unreachable":
        return l10n.t("Azure does not respond for the workspace {name}{reason}.", name=name, reason=reason)
    if code == "azure-not-allowed":
        return l10n.t("Your account may not read the workspace {name}{reason}.", name=name, reason=reason)
    if code == "azure-workspace-missing":
        return l10n.t("Azure has no workspace {name} there{reason}.", name=name, reason=reason)
    if code == "azure-refused":
        return l10n.t("Azure refused a request for the workspace {name}{reason}.", name=name, reason=reason)
    return l10n.t("The process in {python} failed{reason}.", python=python, reason=reason)


def package_missing(python: str, reason: str = "") -> LibraryMissing:
    """Error for a Python without azure-ai-ml, with the command that installs it."""
    message = (
        l10n.t("{python} has no azure-ai-ml ({reason}).", python=python, reason=reason)
        if reason
        else l10n.t("{python} has no azure-ai-ml.", python=python)
    )
    return LibraryMissing(
        "azure-package-missing",
        message,
        l10n.t(
            "Run `{command}`, or name a Python that has it with --python.",
            command=f"{python} -m pip install {PACKAGES}",
        ),
    )


def azure_python(candidates: Sequence[str], cancel: CancelToken) -> str:
    """The first that has it. Raises LibraryMissing for the first one where none has."""
    own = sys.executable
    for python in _each(candidates):
        if (python == own and _has_own()) or _has(python, cancel):
            return python
    raise package_missing(next(_each(candidates), own))


def _each(candidates: Sequence[str]) -> Iterator[str]:
    """Each once, of those that are there."""
    seen: set[str] = set()
    for python in candidates:
        if python and python not in seen and Path(python).is_file():
            seen.add(python)
            yield python


def _has_own() -> bool:
    try:
        return all(version(name) for name in PACKAGES.split())
    except PackageNotFoundError:
        return False


def _has(python: str, cancel: CancelToken) -> bool:
    try:
        done = run([python, "-E", "-c", _LOOK], env=child_environment(), timeout=_LOOK_SECONDS, cancel=cancel)
    except (OSError, TimedOut):
        return False
    return done.returncode == 0 and done.stdout.strip() == "True"
