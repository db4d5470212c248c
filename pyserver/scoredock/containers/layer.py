"""A layer in the making is a container, and who makes it may be killed: whoever opens a workspace next takes it away.

While it is there, a folder in the data folder says so, and which daemon has it: where no such folder was left over,
nothing is said to a daemon.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from scoredock import l10n
from scoredock.containers.connection import LOOK_SECONDS, Docker, connect
from scoredock.containers.failures import docker_errors
from scoredock.containers.image_calls import BUILD_ROLE, KEY, ROLE, discard
from scoredock.containers.long_calls import put_archive, wait_ended
from scoredock.containers.settings import DockerSettings
from scoredock.containers.waiting import steady
from scoredock.data_folder import home_in_use, make_private
from scoredock.processes import began, began_at
from scoredock.progress import CancelToken, Progress
from scoredock.temporary.folders import TemporaryFolder
from scoredock.temporary.places import CONTAINER_NOTES
from scoredock_runtime import contract_owner

_ENDPOINT = "endpoint"
_NAME = re.compile(r"scoredock-build-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}")
_under_way: set[str] = set()
"""Names of the containers in which this process makes a layer now."""


class Layer:
    """A layer in the making: a container that is written to, and run when need be, and then becomes an image.

    Bytes go straight into it, no copy of them is made on the way, and equal bytes make layers of equal digest. Use it
    as a context: what was not committed is removed.
    """

    def __init__(
        self,
        docker: Docker,
        base: str,
        key: str,
        *,
        command: Sequence[str] = (),
        platform: str = "",
        network: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`command` is what `run` runs, as root, without a network unless it is given one."""
        self._docker = docker
        self._base = base
        self._labels = {ROLE: BUILD_ROLE, KEY: key}
        self._command = list(command) or ["none"]
        self._platform = platform
        self._network = network
        self._environment = dict(environment or {})
        self._name = _new_name()
        self._note: TemporaryFolder | None = None
        self.container = ""

    def __enter__(self) -> Layer:
        _under_way.add(self._name)
        try:
            self._note = _noted(self._docker)
            return self._entered()
        except BaseException:
            self._forget()
            raise

    def _entered(self) -> Layer:
        with docker_errors(l10n.t("create a layer on {image}", image=self._base)):
            response = self._docker.patient.create_container(  # some storage drivers copy the whole base
                self._base,
                name=self._name,
                entrypoint=[self._command[0]],
                command=self._command[1:],
                labels=self._labels,
                user="0:0",
                working_dir="/",
                network_disabled=not self._network,
                environment=self._environment,
                platform=self._platform or None,
            )
        self.container = str(response["Id"])
        return self

    def __exit__(self, *_: object) -> None:
        discard(self._docker, self.container)
        self._forget()

    def _forget(self) -> None:
        _under_way.discard(self._name)
        if self._note is not None:
            self._note.close()

    def put(self, body: Iterator[bytes]) -> None:
        """Unpack a tar at its root. Raises what the body raises, `disk-full`, `docker-unavailable`."""
        put_archive(self._docker, self.container, body)

    def run(self, progress: Progress, cancel: CancelToken) -> tuple[int, list[str]]:
        """Run the command to its end: its exit code and last lines. Raises `cancelled`, `image-platform`."""
        with docker_errors(l10n.t("run {program} in {image}", program=self._command[0], image=self._base)):
            self._docker.api.start(self.container)
        code = wait_ended(self._docker, self.container, cancel)
        with docker_errors(l10n.t("read the output of a container")):
            output = self._docker.api.logs(self.container, tail=400).decode("utf-8", "replace")
        lines = output.splitlines()
        for line in lines:
            progress.output(line)
        return code, lines

    def read(self, path: str) -> Iterator[bytes]:
        """A tar of a file or folder in it. Raises `docker-failed` when there is none."""
        with docker_errors(l10n.t("read {path} in a container", path=path)):
            pieces = self._docker.patient.get_archive(self.container, path)[0]
            yield from steady(pieces, self._docker.silence.answers, LOOK_SECONDS)

    def commit(self, repository: str, tag: str, config: Mapping[str, Any], comment: str) -> str:
        """Make an image of it; its id. `config` is what differs from the base, as the Engine API names it."""
        # Podman does not look at the configuration in the body, Docker not at all instructions that mean the same.
        changes = _instructions(config) if self._docker.podman else None
        with docker_errors(l10n.t("write a layer")):
            made = self._docker.patient.commit(
                self.container, repository=repository, tag=tag, message=comment, conf=dict(config), changes=changes
            )
        id = str(made["Id"])
        return id if id.startswith("sha256:") else f"sha256:{id}"


def clear_killed() -> None:
    """Remove the containers of those who were killed. Each daemon is tried once: where one does not answer, whoever
    makes a layer there next finds them. Never raises."""
    for path in map(Path, contract_owner.left_over(str(home_in_use() / CONTAINER_NOTES))):
        with contextlib.suppress(Exception):  # it was killed before it had one, or the daemon is away
            endpoint = (path / _ENDPOINT).read_text("utf-8")
            contract_owner.remove(str(path))
            _clear(connect(DockerSettings.of(endpoint)))
        contract_owner.remove(str(path))


def _clear(docker: Docker) -> None:
    for container, _ in unfinished(docker):
        discard(docker, container)


def _noted(docker: Docker) -> TemporaryFolder | None:
    """None where the data folder cannot be written to."""
    clear_killed()
    notes = home_in_use() / CONTAINER_NOTES
    try:
        make_private(notes)
        note = TemporaryFolder("container", notes)
        (note.path / _ENDPOINT).write_text(docker.endpoint, "utf-8")
    except OSError:
        return None
    return note


def unfinished(docker: Docker, key: str = "") -> list[tuple[str, str]]:
    """Id and key of containers in which a layer was being made by somebody who is gone, of one key or of all.

    Who makes one is in its name, which is never in the image that comes of it. Those of other machines are theirs.
    """
    wanted = [f"{ROLE}={BUILD_ROLE}", *([f"{KEY}={key}"] if key else [])]
    with docker_errors(l10n.t("list the containers")):
        found = docker.api.containers(all=True, filters={"label": wanted})
    return [
        (str(each["Id"]), str((each.get("Labels") or {}).get(KEY, "")))
        for each in found
        if any(_is_abandoned(str(name).lstrip("/")) for name in each.get("Names") or ())
    ]


def _new_name() -> str:
    own = psutil.Process()
    return f"scoredock-build-{_machine()}-{own.pid}-{round(began(own) * 100)}-{secrets.token_hex(4)}"


def _is_abandoned(name: str) -> bool:
    made = _NAME.fullmatch(name)
    if made is None or made.group(1) != _machine():
        return False
    try:
        builder = psutil.Process(int(made.group(2)))
        lives = began_at(builder, int(made.group(3)) / 100)
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False  # somebody's that may not be looked at lives
    return not lives or (builder.pid == os.getpid() and name not in _under_way)


def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _instructions(config: Mapping[str, Any]) -> list[str]:
    """A configuration as Podman takes it: one instruction each, values as they are, without quotes."""
    instructions = [f"ENTRYPOINT {json.dumps(config['Entrypoint'])}"] if "Entrypoint" in config else []
    instructions += [f"CMD {json.dumps(config['Cmd'])}"] if "Cmd" in config else []
    instructions += [f"USER {config['User']}"] if "User" in config else []
    instructions += [f"WORKDIR {config['WorkingDir']}"] if "WorkingDir" in config else []
    instructions += [f"EXPOSE {port}" for port in config.get("ExposedPorts", {})]
    instructions += [f"ENV {line}" for line in config.get("Env", ())]
    labels = {name: " ".join(str(value).split()) for name, value in config.get("Labels", {}).items()}
    return [*instructions, *(f"LABEL {name}={value}" for name, value in labels.items())]
