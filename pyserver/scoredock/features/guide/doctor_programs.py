"""Rows of the doctor about programs: Python, uv, the scoring runtime, conda packages, Docker, ports."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.engine_table import engine_kind
from scoredock.environments.extras import EXTRAS, command_of
from scoredock.environments.pip.uv import installer_version, run_uv
from scoredock.environments.pip.uv_cache import cache_folder
from scoredock.environments.pip.wheelhouse import runtime_source
from scoredock.environments.python.interpreters import own_interpreter
from scoredock.errors import ScoredockError
from scoredock.protocol import messages
from scoredock.service import Service
from scoredock.workspace.folder_size import byte_text, folder_size, nearest_existing

Action, Row = messages.DoctorAction, messages.DoctorRow
SUPPORTED = ((3, 10), (3, 14))
"""The oldest and the newest Python whose packages the extension brings."""
_LOOPBACK = "127.0.0.1"


def python(context: Context) -> messages.DoctorRow:
    """The Python of the server, and the one that the settings name for services."""
    own = own_interpreter()
    oldest, newest = (".".join(map(str, version)) for version in SUPPORTED)
    range_text = l10n.t("CPython {oldest} to {newest}, 64-bit", oldest=oldest, newest=newest)
    choose = Action(l10n.t("Choose Python…"), "scoredock.choosePython")
    facts = [l10n.t("interpreter: {path}", path=own.path), l10n.t("environment of the server: {path}", path=sys.prefix)]
    implementation = platform.python_implementation()
    named = str(context.settings.get("scoredock.environment.interpreter"))
    what = f"{implementation} {platform.python_version()}"
    if not (SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1] and implementation == "CPython"):
        fix = l10n.t("Choose {range}.", range=range_text)
        return Row(
            "python", "Python", "attention", l10n.t("{python} is not supported.", python=what), fix, facts, [choose]
        )
    if named and not Path(os.path.expanduser(named)).is_file():  # noqa: PTH111 (raises nothing)
        return Row(
            "python",
            "Python",
            "broken",
            l10n.t("The setting scoredock.environment.interpreter names {path}, which does not exist.", path=named),
            l10n.t("Correct the setting, or clear it to use the Python of the server."),
            facts,
            [_settings("scoredock.environment.interpreter")],
        )
    if named:
        facts.append(l10n.t("Python of services: {path}", path=named))
    return Row(
        "python",
        "Python",
        "fine",
        l10n.t("{python}, which is supported ({range}).", python=what, range=range_text),
        "",
        facts,
        [choose],
    )


def installer(context: Context) -> messages.DoctorRow:
    """uv, and the cache that it keeps packages in."""
    title = l10n.t("Package installer (uv)")
    try:
        program, version = installer_version()
    except (ScoredockError, OSError) as error:
        message = (
            error.message
            if isinstance(error, ScoredockError)
            else l10n.t("uv does not start: {reason}.", reason=error.strerror)
        )
        fix = l10n.t(
            "Reinstall the extension, or run `pip install --force-reinstall uv` in the environment of the server."
        )
        again = Action(l10n.t("Restart Server"), "scoredock.restartServer")
        return Row(
            "installer",
            title,
            "broken",
            message,
            fix,
            [l10n.t("environment of the server: {path}", path=sys.prefix)],
            [again],
        )
    cache = cache_folder()
    size = folder_size(cache)
    facts = [
        l10n.t("program: {program}", program=program),
        l10n.t("cache: {folder} ({size})", folder=cache, size=size.text),
    ]
    prune = Action(
        l10n.t("Prune the Package Cache"), repair="packageCache", terminal="scoredock doctor --repair packageCache"
    )
    place = nearest_existing(cache)
    if not os.access(place, os.W_OK):
        return Row(
            "installer",
            title,
            "broken",
            l10n.t("uv {version} cannot write to its cache: {folder} is not writable.", version=version, folder=place),
            l10n.t("Make the folder writable, or set the variable UV_CACHE_DIR to another one."),
            facts,
        )
    sentence = l10n.t(
        "uv {version}; downloaded packages take {size} in its cache and are reused offline.",
        version=version,
        size=size.text,
    )
    return Row("installer", title, "fine", sentence, "", facts, [prune] if size.bytes else [])


def prune_package_cache(operation: Operation) -> str:
    """Removes what nothing refers to from uv's cache. Raises doctor-repair-failed."""
    operation.progress.report(l10n.t("Pruning the package cache"))
    before = folder_size(cache_folder())
    done = run_uv(["cache", "prune"], timeout=600, cancel=operation.cancel, on_line=operation.progress.output)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [l10n.t("uv gave no reason")])[-1]
        raise ScoredockError(
            "doctor-repair-failed", l10n.t("The package cache was not pruned: {reason}.", reason=reason)
        )
    freed = max(0, before.bytes - folder_size(cache_folder()).bytes)
    return l10n.t("The package cache was pruned. {size} were freed.", size=byte_text(freed))


def runtime(context: Context) -> messages.DoctorRow:
    """The program that goes into every service's environment."""
    source = runtime_source()
    version = source.version()
    sentence = (
        l10n.t("scoredock-runtime {version}, from the wheels of the extension.", version=version)
        if source.is_wheelhouse
        else l10n.t("scoredock-runtime {version}, as it is installed beside the server.", version=version)
    )
    return Row(
        "runtime", l10n.t("Scoring runtime"), "fine", sentence, "", [l10n.t("folder: {folder}", folder=source.folder)]
    )


def conda(context: Context) -> messages.DoctorRow:
    """The part that installs conda packages, which is installed when it is needed."""
    if importlib.util.find_spec("rattler") is not None:
        return Row(
            "conda",
            l10n.t("Conda packages"),
            "fine",
            l10n.t("Conda packages can be installed; conda itself is not needed."),
        )
    install = Action(l10n.t("Install Conda Support"), "scoredock.enableConda", terminal=command_of("conda"))
    sentence = l10n.t(
        "Support for conda packages is not installed. Most conda files work without it, as their packages are on PyPI."
    )
    fix = l10n.t("Install it when a deployment asks for it ({size}).", size=EXTRAS["conda"].rsplit(", ", 1)[-1])
    return Row("conda", l10n.t("Conda packages"), "fine", sentence, fix, [], [install])


def docker(context: Context) -> messages.DoctorRow:
    """Row about the Docker that answers; services without containers need none, and then it is not a fault that none
    does."""
    from scoredock.containers.connection import reachable

    settings = context.docker_settings()
    connection, reason, fix = reachable(settings)
    open_settings = _settings("scoredock.docker")
    again = Action(l10n.t("Check Again"), "scoredock.checkComputer", terminal="scoredock docker show")
    if connection is None:
        users = _users_of_docker(context)
        if not users:
            sentence = l10n.t("{reason} Nothing here needs it: services run as processes.", reason=reason)
            return Row("docker", "Docker", "unused", sentence, "", [], [again, open_settings])
        state: messages.DoctorState = "broken" if settings.host else "attention"
        sentence = l10n.t("{reason} Services run as processes without it.", reason=reason)
        return Row("docker", "Docker", state, sentence, fix, users, [again, open_settings])
    facts = [
        l10n.t("daemon: {address}", address=connection.endpoint),
        l10n.t("platform: {platform}", platform=connection.platform),
    ]
    if not connection.local:
        sentence = l10n.t(
            "{docker} runs on another machine, so services cannot run in its containers.", docker=connection.described
        )
        fix = l10n.t("Choose a Docker of this machine for services. The other one can still create images.")
        users = _users_of_docker(context)
        if not users:
            return Row("docker", "Docker", "unused", sentence, "", facts, [open_settings])
        return Row("docker", "Docker", "attention", sentence, fix, [*facts, *users], [open_settings])
    return Row("docker", "Docker", "fine", l10n.t("{docker} answers.", docker=connection.described), "", facts)


def _users_of_docker(context: Context) -> list[str]:
    """A line for each thing that needs a Docker; nothing is asked of the things themselves."""
    if not os.path.isdir(context.home / "workspaces"):  # noqa: PTH112 (answers False where Path raises)
        return []
    lines: list[str] = []
    for workspace in context.workspaces.list():
        if engine_kind(workspace.engine).needs_docker:
            lines.append(l10n.t("workspace {name}: containers stand for ACI and AKS", name=workspace.name))
        try:
            deployments = context.deployments(workspace.id)
            names = [rows.service.name for rows in deployments.ledger.all() if engine_kind(rows.engine).needs_docker]
            images = deployments.registry.assets.records("image", latest=True)
        except (ScoredockError, OSError):
            continue  # its own row says so
        lines += [l10n.t("service in a container: {name}", name=name) for name in names]
        lines += [l10n.t("image: {name}", name=image.id) for image in images]
    return lines


def ports(context: Context) -> messages.DoctorRow:
    """Row that says whether services can listen, and whether those that are stopped find their port free."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
            candidate.bind((_LOOPBACK, 0))
            candidate.listen(1)
    except OSError as error:
        return Row(
            "ports",
            l10n.t("Ports"),
            "broken",
            l10n.t("No program can listen on {address}: {reason}.", address=_LOOPBACK, reason=error.strerror),
            l10n.t("Check the loopback interface and the limits of this account or container."),
        )
    conflicts = _taken_ports(context)
    if not conflicts:
        return Row(
            "ports",
            l10n.t("Ports"),
            "fine",
            l10n.t("Services can listen on {address}; a free port is chosen for each.", address=_LOOPBACK),
        )
    return Row(
        "ports",
        l10n.t("Ports"),
        "attention",
        l10n.t("The port of 1 stopped service is in use.")
        if len(conflicts) == 1
        else l10n.t("The ports of {count} stopped services are in use.", count=len(conflicts)),
        l10n.t("End the program that uses the port, or update the service with another port."),
        conflicts,
    )


def _taken_ports(context: Context) -> list[str]:
    """A line for each stopped service whose port somebody else has."""
    from scoredock.engines.ports import require_free_port

    if not os.path.isdir(context.home / "workspaces"):  # noqa: PTH112 (answers False where Path raises)
        return []
    conflicts: list[str] = []
    for service in _services(context):
        port = urlsplit(service.scoring_uri).port if service.state == "Stopped" and service.scoring_uri else None
        if port is None:
            continue
        try:
            require_free_port(port)
        except ScoredockError as error:
            conflicts.append(f"{service.name}: {error.message}")
    return conflicts


def _services(context: Context) -> Iterator[Service]:
    """Services of all workspaces that can be read; of the others their own row says why not."""
    with contextlib.suppress(ScoredockError, OSError):
        for workspace in context.workspaces.list():
            with contextlib.suppress(ScoredockError, OSError):
                yield from context.deployments(workspace.id).services()


def _settings(name: str) -> messages.DoctorAction:
    return Action(l10n.t("Open Settings"), "workbench.action.openSettings", [name])
