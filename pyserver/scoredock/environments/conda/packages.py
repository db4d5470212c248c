"""Real conda packages without conda: solved and installed by py-rattler, in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.environments.conda.channels import addresses, without_tokens
from scoredock.environments.conda.lock import DOWNLOAD, STEP, CondaLock, locked
from scoredock.environments.pip.requirement_lines import requirement_place
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import CondaPackages, place_of
from scoredock.errors import DiskFull, Remedy, ScoredockError
from scoredock.progress import CancelToken, Flow, PartOfStep, Progress
from scoredock.run import TimedOut, child_environment, run
from scoredock.temporary.folders import TemporaryFolder

_SOLVE_TIMEOUT = 900.0
_INSTALL_TIMEOUT = 3600.0


def available() -> bool:
    """True if py-rattler is there; it is not imported for that."""
    return importlib.util.find_spec("rattler") is not None


def require(packages: CondaPackages | None = None, source: str = "") -> None:
    """Raises ScoredockError `conda-support-missing`, which says how to get it."""
    if available():
        return
    message = l10n.t("The environment needs conda packages, and support for conda packages is not installed.")
    if packages is not None and packages.reasons:
        message = l10n.t(
            "The environment needs conda packages for {packages}, and support for conda packages is not installed.",
            packages=", ".join(packages.reasons),
        )
    raise ScoredockError(
        "conda-support-missing",
        message,
        place=place_of(source),
        remedies=(Remedy(l10n.t("Install Conda Support"), "scoredock.enableConda"),),
        details={"extra": "conda"},
    )


def solve(
    packages: CondaPackages,
    settings: EnvironmentSettings,
    progress: Progress,
    cancel: CancelToken,
    *,
    source: str = "",
    platform: str = "",
) -> CondaLock:
    """Ask the channels which exact packages satisfy the specs together.

    `platform` is conda's name of a system (`linux-64`), empty for this one with its virtual packages (glibc, CUDA …).
    Raises ScoredockError `conda-support-missing`, `environment-requirement-invalid`, `conda-unsatisfiable`,
    `conda-channel-unreachable`, `environment-build-failed`, `cancelled`.
    """
    require(packages, source)
    channels = addresses(packages.channels, settings.conda_channels)
    progress.report(
        l10n.t(
            "Solving conda packages ({count}) from {channels}",
            count=len(packages.specs),
            channels=without_tokens(", ".join(channels)),
        )
    )
    answer = _ask(
        {"verb": "solve", "specs": list(packages.specs), "channels": list(channels), "platform": platform},
        None,
        _SOLVE_TIMEOUT,
        progress,
        cancel,
    )
    if "error" in answer:
        raise _solve_error(answer["error"], packages, channels, source)
    return locked(str(answer["platform"]), answer["packages"])


def install(
    lock: CondaLock, prefix_on_disk: Path, progress: Progress, cancel: CancelToken, *, embedded_prefix: str = ""
) -> None:
    """Put the packages of a lock into a folder, each verified by its SHA-256.

    Files then name `embedded_prefix` as the place where they lie (empty: the folder itself), for a folder that is moved
    there, into an image for example. Raises ScoredockError `conda-support-missing`, `conda-package-changed`,
    `conda-channel-unreachable`, `disk-full`, `environment-build-failed`, `cancelled`.
    """
    require()
    answer = _ask(
        {
            "verb": "install",
            "packages": json.loads(lock.to_json())["packages"],
            "platform": lock.platform,
            "prefix": str(prefix_on_disk),
            "embedded": embedded_prefix,
        },
        prefix_on_disk.parent,
        _INSTALL_TIMEOUT,
        progress,
        cancel,
        owner=prefix_on_disk.name,
    )
    if "error" in answer:
        raise _install_error(answer["error"], lock)
    for script in sorted(prefix_on_disk.glob("bin/.*-post-link.sh")):
        name = script.name.removeprefix(".").removesuffix("-post-link.sh")
        progress.report(l10n.t("{name} has a post-install script, which was not run", name=name))


def _ask(
    request: Mapping[str, Any],
    parent: Path | None,
    timeout: float,
    progress: Progress,
    cancel: CancelToken,
    owner: str = "",
) -> dict[str, Any]:
    """One job for the worker; its folder carries the owner's name, so that who sweeps that up finds the worker, too."""

    flow = Flow()

    def tell(line: str) -> None:
        if line.startswith(STEP):
            name, number, total = line.removeprefix(STEP).split("\t")
            progress.report(
                l10n.t("Installing {name} ({number} of {total} conda packages)", name=name, number=number, total=total),
                (int(number) - 1) * 100 // int(total),
            )
        elif line.startswith(DOWNLOAD):
            received_bytes, size = map(int, line.removeprefix(DOWNLOAD).split("\t"))
            amounts = PartOfStep(l10n.t("Downloading conda packages"), flow.amounts(received_bytes, size))
            progress.report(amounts, min(99, received_bytes * 100 // max(1, size)))
        else:
            progress.output(line)

    with TemporaryFolder(f"conda{owner}", parent) as folder:
        (folder / "request.json").write_text(json.dumps(request), "utf-8")
        try:
            completed = run(
                [sys.executable, "-I", "-m", "scoredock.environments.conda.worker", str(folder)],
                env=child_environment(),
                timeout=timeout,
                cancel=cancel,
                on_line=tell,
                cwd=folder,
            )
        except TimedOut as error:
            raise ScoredockError("environment-build-failed", l10n.t("conda packages: {error}.", error=error)) from None
        try:
            answer = json.loads((folder / "answer.json").read_text("utf-8"))
        except (OSError, ValueError):
            last = (completed.stderr.strip().splitlines() or [l10n.t("no message")])[-1]
            raise ScoredockError(
                "environment-build-failed",
                l10n.t("The installer of conda packages ended without a result: {error}", error=last),
                details={"output": completed.stderr.splitlines()[-40:]},
            ) from None
        return dict(answer)


def _solve_error(
    error: Mapping[str, str], packages: CondaPackages, channels: tuple[str, ...], source: str
) -> ScoredockError:
    kind, message = error["kind"], error["message"]
    place = place_of(source)
    missing = _missing(message)
    output = without_tokens(message).splitlines()
    if kind == "spec":
        spec = output[0]
        return ScoredockError(
            "environment-requirement-invalid",
            l10n.t("The conda requirement `{spec}` cannot be read: {error}.", spec=spec, error=" ".join(output[1:])),
            place=requirement_place(source, spec),
            details={"requirement": spec},
        )
    if kind == "channel":
        channel = without_tokens(next((url for url in channels if url.rstrip("/") in message), ", ".join(channels)))
        why = without_tokens(output[-1].removeprefix("Caused by: "))
        text = l10n.t("The conda channel {channel} cannot be read: {error}.", channel=channel, error=why)
        if packages.reasons:
            needed = l10n.t("{packages} can only come from conda.", packages=", ".join(packages.reasons))
            text = f"{text} {needed}"
        return ScoredockError(
            "conda-channel-unreachable",
            text,
            place=place,
            details={"channel": channel, "output": output},
        )
    reason = _reason(message)
    return ScoredockError(
        "conda-unsatisfiable",
        l10n.t(
            "The conda packages cannot be installed together from {channels}: {reason}.",
            channels=without_tokens(", ".join(channels)),
            reason=reason,
        ),
        place=requirement_place(source, missing[0]) if missing else place,
        details={"output": output, "channels": list(map(without_tokens, channels)), "missing": missing},
    )


def _reason(message: str) -> str:
    """The solver's tree as one sentence."""
    text = message.strip().removeprefix("Cannot solve the request because of:").strip()
    lines = [re.sub(r"^[\s│├└─▶x╰]+", "", line).strip().rstrip(",.") for line in text.splitlines()]
    return "; ".join(line for line in lines if line)[:1500]


def _missing(message: str) -> list[str]:
    """Packages that no channel has."""
    found = re.findall(r"No candidates were found for ([^\n]+?)\.?$", message, re.MULTILINE)
    found += re.findall(r"([A-Za-z0-9_.-]+[^\n]*?), for which no candidates were found", message)
    return [each.strip().lstrip("└├─│ ") for each in found]


def _install_error(error: Mapping[str, str], lock: CondaLock) -> ScoredockError:
    kind, message = error["kind"], error["message"]
    named = next((each for each in lock.packages if each.file_name in message or each.url in message), None)
    if named is None:
        named = next(
            (each for each in lock.packages if re.search(rf"(?<![\w-]){re.escape(each.name)}(?![\w-])", message)), None
        )
    what = f"{named.name} {named.version}" if named is not None else l10n.t("A conda package")
    output = without_tokens(message).splitlines()
    last = output[-1].removeprefix("Caused by: ") if output else l10n.t("no message")
    details: dict[str, str | list[str]] = {
        "output": output,
        "package": without_tokens(named.url) if named is not None else "",
    }
    if kind == "hash":
        return ScoredockError(
            "conda-package-changed",
            l10n.t("{package} is not the file that its channel lists: {error}.", package=what, error=last),
            details=details,
        )
    if kind == "disk":
        return DiskFull(l10n.t("There is no space left for {package}.", package=what), details=details)
    if kind == "download":
        return ScoredockError(
            "conda-channel-unreachable",
            l10n.t("{package} could not be downloaded: {error}.", package=what, error=last),
            details=details,
        )
    return ScoredockError(
        "environment-build-failed",
        l10n.t("{package} could not be installed: {error}.", package=what, error=last),
        details=details,
    )
