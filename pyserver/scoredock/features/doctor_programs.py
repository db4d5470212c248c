"""What the doctor says of programs: Python, uv, the scoring runtime, conda packages, Docker, ports."""

from __future__ import annotations

import importlib.util
import os
import platform
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

from scoredock import l10n
from scoredock.environments.extras import EXTRAS, command_of
from scoredock.environments.interpreters import own_interpreter
from scoredock.environments.uv import installer_version, run_uv
from scoredock.environments.uv_cache import cache_folder
from scoredock.environments.wheelhouse import runtime_source
from scoredock.errors import ScoredockError
from scoredock.features import services
from scoredock.features.context import Context, Operation
from scoredock.features.folder_size import byte_text, folder_size, nearest_existing
from scoredock.protocol import messages

Action, Row = messages.DoctorAction, messages.DoctorRow
SUPPORTED = ((3, 10), (3, 14))
"""The oldest and the newest Python whose packages the extension brings."""
_LOOPBACK = "127.0.0.1"


def python(context: Context) -> messages.DoctorRow:
    """The Python of the server, and the one that the settings name for services."""
    own = own_interpreter()
    oldest, newest = (".".join(map(str, version)) for version in SUPPORTED)
    range_text = f"CPython {oldest} to {newest}, 64-bit"
    choose = Action("Choose Python…", "scoredock.choosePython")
    facts = [f"interpreter: {own.path}", f"environment of the server: {sys.prefix}"]
    implementation = platform.python_implementation()
    named = str(context.settings.get("scoredock.environment.interpreter"))
    what = f"{implementation} {platform.python_version()}"
    if not (SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1] and implementation == "CPython"):
        fix = f"Choose {range_text}."
        return Row("python", "Python", "attention", f"{what} is not supported.", fix, facts, [choose])
    if named and not Path(os.path.expanduser(named)).is_file():  # noqa: PTH111 (raises nothing)
        return Row(
            "python",
            "Python",
            "broken",
            f"The setting scoredock.environment.interpreter names {named}, which does not exist.",
            "Correct the setting, or clear it to use the Python of the server.",
            facts,
            [_settings("scoredock.environment.interpreter")],
        )
    if named:
        facts.append(f"Python of services: {named}")
    return Row("python", "Python", "fine", f"{what}, which is supported ({range_text}).", "", facts, [choose])


def installer(context: Context) -> messages.DoctorRow:
    """uv, and the cache that it keeps packages in."""
    title = "Package installer (uv)"
    try:
        program, version = installer_version()
    except (ScoredockError, OSError) as error:
        message = error.message if isinstance(error, ScoredockError) else f"uv does not start: {error.strerror}."
        fix = "Reinstall the extension, or run `pip install --force-reinstall uv` in the environment of the server."
        again = Action("Restart Server", "scoredock.restartServer")
        return Row("installer", title, "broken", message, fix, [f"environment of the server: {sys.prefix}"], [again])
    cache = cache_folder()
    size = folder_size(cache)
    facts = [f"program: {program}", f"cache: {cache} ({size.text})"]
    prune = Action("Prune the Package Cache", repair="packageCache", terminal="scoredock doctor --repair packageCache")
    place = nearest_existing(cache)
    if not os.access(place, os.W_OK):
        return Row(
            "installer",
            title,
            "broken",
            f"uv {version} cannot write to its cache: {place} is read-only.",
            "Make the folder writable, or name another one with the variable UV_CACHE_DIR.",
            facts,
        )
    sentence = f"uv {version}; downloaded packages take {size.text} in its cache and are reused offline."
    return Row("installer", title, "fine", sentence, "", facts, [prune] if size.bytes else [])


def prune_package_cache(operation: Operation) -> str:
    """Removes what nothing refers to from uv's cache. Raises doctor-repair-failed."""
    operation.progress.report(l10n.t("Pruning the package cache"))
    before = folder_size(cache_folder())
    done = run_uv(["cache", "prune"], timeout=600, cancel=operation.cancel, on_line=operation.progress.output)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["uv gave no reason"])[-1]
        raise ScoredockError(
            "doctor-repair-failed", l10n.t("The package cache was not pruned: {reason}.", reason=reason)
        )
    freed = max(0, before.bytes - folder_size(cache_folder()).bytes)
    return f"The package cache was pruned; {byte_text(freed)} are free again."


def runtime(context: Context) -> messages.DoctorRow:
    """The program that goes into every service's environment."""
    source = runtime_source()
    where = "wheels of the extension" if source.is_wheelhouse else "source of a checkout"
    sentence = f"scoredock-runtime {source.version()}, from the {where}."
    return Row("runtime", "Scoring runtime", "fine", sentence, "", [f"folder: {source.folder}"])


def conda(context: Context) -> messages.DoctorRow:
    """The part that installs conda packages, which is installed when it is needed."""
    if importlib.util.find_spec("rattler") is not None:
        return Row("conda", "Conda packages", "fine", "Conda packages can be installed; conda itself is not needed.")
    install = Action("Install Conda Support", "scoredock.enableConda", terminal=command_of("conda"))
    sentence = "Support for conda packages is not installed. Most conda files work without it, as their packages are"
    fix = f"Install it when a deployment asks for it ({EXTRAS['conda'].rsplit(', ', 1)[-1]})."
    return Row("conda", "Conda packages", "fine", f"{sentence} on PyPI.", fix, [], [install])


def docker(context: Context) -> messages.DoctorRow:
    """Which Docker answers; services without containers need none."""
    from scoredock.containers.connection import reachable

    settings = context.docker_settings()
    found, reason, fix = reachable(settings)
    open_settings = _settings("scoredock.docker")
    again = Action("Check Again", "scoredock.checkComputer", terminal="scoredock docker show")
    if found is None:
        state: messages.DoctorState = "broken" if settings.host else "attention"
        sentence = f"{reason} Services run as processes without it."
        return Row("docker", "Docker", state, sentence, fix, [], [again, open_settings])
    facts = [f"daemon: {found.endpoint}", f"platform: {found.platform}"]
    if not found.local:
        sentence = f"{found.described} runs on another machine, so services cannot run in its containers."
        fix = "Choose a Docker of this machine for services; images can be made there."
        return Row("docker", "Docker", "attention", sentence, fix, facts, [open_settings])
    return Row("docker", "Docker", "fine", f"{found.described} answers.", "", facts)


def ports(context: Context) -> messages.DoctorRow:
    """Whether services can listen, and whether those that are stopped find their port free."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
            candidate.bind((_LOOPBACK, 0))
            candidate.listen(1)
    except OSError as error:
        return Row(
            "ports",
            "Ports",
            "broken",
            f"No program can listen on {_LOOPBACK}: {error.strerror}.",
            "Check the loopback interface and the limits of this account or container.",
        )
    taken = _taken_ports(context)
    if not taken:
        return Row("ports", "Ports", "fine", f"Services can listen on {_LOOPBACK}; a free port is chosen for each.")
    return Row(
        "ports",
        "Ports",
        "attention",
        f"{len(taken)} stopped service{'' if len(taken) == 1 else 's'} would not find the port free.",
        "End the program that uses the port, or update the service with another port.",
        taken,
    )


def _taken_ports(context: Context) -> list[str]:
    """A line for each stopped service whose port somebody else has."""
    from scoredock.engines.ports import require_free_port

    if not (context.home / "workspaces").is_dir():
        return []
    found: list[str] = []
    try:
        listed = services.list_services(messages.ServiceListParams(all=True), context, Operation()).services
    except (ScoredockError, OSError):
        return []  # its own row says so
    for service in listed:
        port = urlsplit(service.scoring_uri).port if service.state == "Stopped" and service.scoring_uri else None
        if port is None:
            continue
        try:
            require_free_port(port)
        except ScoredockError as error:
            found.append(f"{service.name}: {error.message}")
    return found


def _settings(name: str) -> messages.DoctorAction:
    return Action("Open Settings", "workbench.action.openSettings", [name])
