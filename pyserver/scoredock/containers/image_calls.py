"""What the daemon does with images: look, pull, push, build, and put a layer on top of one."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import platform
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psutil

from scoredock import l10n
from scoredock.containers.build_output import Steps
from scoredock.containers.connection import LOOK_SECONDS, Docker
from scoredock.containers.failures import docker_errors, refused
from scoredock.containers.long_calls import Event, events, failure_in, put_archive, wait_ended
from scoredock.containers.waiting import steady, until_cancelled
from scoredock.errors import DiskFull, DockerFailed, ImageMissing, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.processes import began, began_at
from scoredock.progress import CancelToken, Flow, PartOfStep, Progress
from scoredock.visible import remember

ROLE = "com.scoredock.role"
BUILD_ROLE = "build"
KEY = "com.scoredock.key"
_NAME = re.compile(r"scoredock-build-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}")
_under_way: set[str] = set()
"""Names of the containers in which this process makes a layer now."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks a registry. Never written anywhere."""

    server: str
    username: str
    password: str

    def __post_init__(self) -> None:
        remember(self.password)

    def __repr__(self) -> str:
        return f"Login({self.server!r}, {self.username!r})"


def look(docker: Docker, reference: str) -> Mapping[str, Any] | None:
    """What the daemon tells of an image it has, by name or id; None when it has none."""
    import docker as sdk

    with docker_errors(l10n.t("look for an image")):
        try:
            found: Mapping[str, Any] = _api(docker).inspect_image(reference)
        except sdk.errors.ImageNotFound:
            return None
        return found


def labelled(docker: Docker, labels: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Images with these labels (an empty value stands for any), as `GET /images/json` tells of them."""
    wanted = [name if not value else f"{name}={value}" for name, value in labels.items()]
    with docker_errors(l10n.t("list the images")):
        return list(docker.api.images(filters={"label": wanted}))


def history(docker: Docker, reference: str) -> list[Mapping[str, Any]]:
    """The layers, newest first. Raises `image-missing`."""
    with docker_errors(l10n.t("read the layers of {image}", image=reference)):
        return list(_api(docker).history(reference))


def names_of(image: Mapping[str, Any]) -> list[str]:
    """The names of an image that the daemon tells of, as they were given: Podman writes out Docker's own registry."""
    named = [str(each) for each in image.get("RepoTags") or ()]
    return [each.removeprefix("docker.io/").removeprefix("library/") for each in named if each != "<none>:<none>"]


def containers_of(docker: Docker, image: str) -> list[Mapping[str, Any]]:
    """Containers, running or not, that were made from an image or from one on top of it."""
    with docker_errors(l10n.t("list the containers")):
        return list(docker.api.containers(all=True, filters={"ancestor": image}))


def tag(docker: Docker, image: str, repository: str, name: str) -> None:
    """Give an image a further name. Raises `image-missing`."""
    with docker_errors(l10n.t("tag an image as {image}", image=f"{repository}:{name}")):
        docker.api.tag(image, repository, name, force=True)


def remove(docker: Docker, reference: str) -> bool:
    """Take a name away, and the image with its last one; False when something still uses it."""
    import docker as sdk

    with docker_errors(l10n.t("remove the image {image}", image=reference)):
        try:
            docker.patient.remove_image(reference, noprune=False)
        except sdk.errors.ImageNotFound:
            return True
        except sdk.errors.APIError as error:
            if error.status_code == 409:
                return False
            raise
    return True


def pull(
    docker: Docker, reference: str, platform: str, login: Login | None, progress: Progress, cancel: CancelToken
) -> None:
    """Get an image from its registry.

    Raises ScoredockError `image-pull-failed`, `registry-refused`, `image-platform`, `disk-full`, `docker-unavailable`,
    `cancelled`. Whatever was fetched of an image that is not complete is the daemon's to keep or drop.
    """
    name, tag = split_reference(reference)
    params = {"fromImage": name, "tag": tag, **({"platform": platform} if platform else {})}
    transfer = _Transfer(progress)
    try:
        with until_cancelled(cancel, progress):
            for message in events(
                docker,
                l10n.t("pull {image}", image=reference),
                "/images/create",
                cancel,
                params=params,
                headers=_auth(docker, name, login),
            ):
                if failure := failure_in(message):
                    raise _transfer_failure("pull", reference, failure)
                transfer.tell(message)
    except (ImageMissing, DockerFailed) as error:
        raise _transfer_failure("pull", reference, error.message) from None


def push(docker: Docker, reference: str, login: Login | None, progress: Progress, cancel: CancelToken) -> str:
    """Send an image to its registry; its digest there (`sha256:…`).

    Raises ScoredockError `image-push-failed`, `registry-refused`, `image-missing`, `docker-unavailable`, `cancelled`.
    """
    name, tag = split_reference(reference)
    transfer = _Transfer(progress)
    digest = ""
    headers = _auth(docker, name, login) or {"X-Registry-Auth": "e30="}  # `{}`: the daemon insists on the header
    with until_cancelled(cancel, progress):
        for message in events(
            docker,
            l10n.t("push {image}", image=reference),
            f"/images/{name}/push",
            cancel,
            params={"tag": tag},
            headers=headers,
        ):
            if failure := failure_in(message):
                raise _transfer_failure("push", reference, failure)
            aux = message.get("aux")
            if isinstance(aux, dict) and aux.get("Digest"):
                digest = str(aux["Digest"])
            transfer.tell(message)
    return digest


def try_login(docker: Docker, login: Login) -> None:
    """Have the daemon ask a registry whether it takes a user name and a password; nothing of them is kept.

    Raises ScoredockError `registry-refused` with the registry's words, `docker-unavailable`, `docker-failed`.
    """
    import docker as sdk

    # Not `login` of the SDK: it reads the person's configuration first, and keeps the password in the client.
    api: Any = docker.api
    body = {"username": login.username, "password": login.password, "serveraddress": login.server}
    with docker_errors(l10n.t("sign in to {registry}", registry=login.server)):
        try:
            api._result(api._post_json(api._url("/auth"), data=body), json=True)
        except sdk.errors.APIError as error:
            reason = str(error.explanation or error).strip().rstrip(".")
            raise ScoredockError(
                "registry-refused",
                l10n.t(
                    "{server} does not let {username} in: {said}.",
                    server=login.server,
                    username=login.username,
                    said=reason,
                ),
            ) from None


def build(
    docker: Docker,
    context: Iterator[bytes],
    *,
    tag: str,
    labels: Mapping[str, str],
    platform: str,
    progress: Progress,
    cancel: CancelToken,
    arguments: Mapping[str, str] | None = None,
    pull_logins: Sequence[Login] = (),
    images: Sequence[str] = (),
) -> str:
    """Run the `Dockerfile` of a context; the id of the image. `progress` gets each step and each line of output.

    `arguments` are build arguments that leave no trace (`HTTPS_PROXY` and its like). For the registries of `images`,
    which it begins from, the person's own Docker is asked where no login is given, as for a pull. Raises ScoredockError
    `image-build-failed` with the failing step and its last lines, `image-pull-failed`, `disk-full`, `cancelled`.
    """
    params: dict[str, Any] = {"t": tag, "rm": True, "forcerm": True, "labels": json.dumps(dict(labels))}
    if arguments:
        params["buildargs"] = json.dumps(dict(arguments))
    if platform:
        params["platform"] = platform
    headers = {"Content-Type": "application/x-tar"}
    if credentials := _known(docker, pull_logins, images):
        headers["X-Registry-Config"] = _encoded(credentials)
    steps = Steps(progress)
    try:
        with until_cancelled(cancel, progress):
            for message in events(
                docker, l10n.t("build an image"), "/build", cancel, params=params, headers=headers, body=context
            ):
                steps.take(message)
        if not steps.id:
            raise steps.failure(l10n.t("it ended without an image"))
    except BaseException:
        # The daemon keeps the steps that came so far, for a build that may never come. Asked to give a build up, it
        # takes its time to end the step under way.
        for container in steps.ran[-1:]:
            discard(docker, container)
        for image in reversed(steps.between):
            with contextlib.suppress(ScoredockError):
                remove(docker, image)
        raise
    return steps.id


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
        self.container = ""

    def __enter__(self) -> Layer:
        _under_way.add(self._name)
        try:
            return self._entered()
        except BaseException:
            _under_way.discard(self._name)
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
        _under_way.discard(self._name)

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


def discard(docker: Docker, container: str) -> None:
    """Remove a container and what it wrote, also while it runs. Never raises."""
    with contextlib.suppress(Exception):  # the next sweep finds it by its label
        docker.patient.remove_container(container, force=True, v=True)


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


def split_reference(reference: str) -> tuple[str, str]:
    """`registry:5000/team/name:tag` as the name and the tag or digest; `latest` when neither is there."""
    if "@" in reference:
        name, _, digest = reference.partition("@")
        return (name.rpartition(":")[0] if ":" in name.rpartition("/")[2] else name), digest
    before, colon, after = reference.rpartition(":")
    return (before, after) if colon and "/" not in after else (reference, "latest")


def registry_of(reference: str) -> str:
    """The address of the registry of an image name, `docker.io` when none is written."""
    first, slash, _ = reference.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"


def _auth(docker: Docker, name: str, login: Login | None) -> dict[str, str]:
    """What proves who asks: the login that was given, else what the person's own Docker knows (its credential
    store)."""
    from docker import auth

    if login is not None:
        given = {"username": login.username, "password": login.password, "serveraddress": login.server}
        return _header(_encoded(given))
    # A credential store that is broken or asks a question must not keep a public image from being pulled.
    with contextlib.suppress(Exception):
        header = auth.get_config_header(docker.patient, auth.resolve_repository_name(name)[0])
        if header:
            return _header(header.decode() if isinstance(header, bytes) else str(header))
    return {}


def _header(packed: str) -> dict[str, str]:
    """Of a request; what the daemon says of it is to have no password."""
    secrets = json.loads(base64.urlsafe_b64decode(packed))
    remember(packed, *(str(secrets.get(key) or "") for key in ("password", "identitytoken")))
    return {"X-Registry-Auth": packed}


def _known(docker: Docker, logins: Sequence[Login], images: Sequence[str]) -> dict[str, Any]:
    """What proves who asks by the registry, as a build takes it: Docker's own goes by an address of its first days."""
    hub, address = ("docker.io", "index.docker.io", "registry-1.docker.io"), "https://index.docker.io/v1/"
    credentials: dict[str, Any] = {}
    for login in logins:
        credential = {"username": login.username, "password": login.password}
        credentials[address if login.server in hub else login.server] = credential
    for image in images:
        server = registry_of(image)
        key = address if server in hub else server
        if key not in credentials and (header := _auth(docker, split_reference(image)[0], None).get("X-Registry-Auth")):
            credentials[key] = json.loads(base64.urlsafe_b64decode(header))
    return credentials


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


def _encoded(credentials: Mapping[str, Any]) -> str:
    from docker import auth

    return auth.encode_header(dict(credentials)).decode()


def _api(docker: Docker) -> Any:
    """The SDK's types lack some of its methods."""
    return docker.api


def _transfer_failure(verb: str, reference: str, message: str) -> ScoredockError:
    what = l10n.t("push {image}", image=reference) if verb == "push" else l10n.t("pull {image}", image=reference)
    begin = l10n.t("Docker could not {what}: {said}.", what=what, said="\0").partition("\0")[0]
    words = message.removeprefix(begin).strip().rstrip(".。")
    lower = words.lower()
    raised = refused(what, words)
    if isinstance(raised, DiskFull) or raised.code == "image-platform":
        return raised
    if verb == "push" and isinstance(raised, ImageMissing):
        return raised
    signs = ("unauthorized", "authentication required", "no basic auth", "denied:", "access to the resource is denied")
    if any(sign in lower for sign in signs):
        return ScoredockError(
            "registry-refused",
            l10n.t(
                "The registry {registry} refused to {what}: {words}.",
                registry=registry_of(reference),
                what=what,
                words=words,
            ),
            details={"registry": registry_of(reference)},
        )
    code = "image-push-failed" if verb == "push" else "image-pull-failed"
    return ScoredockError(code, l10n.t("Docker could not {what}: {words}.", what=what, words=words))


class _Transfer:
    """Tells how much of an image has come or gone: many layers at once, as one sentence and one percentage."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._layers: dict[str, tuple[int, int]] = {}
        self._percent = -1
        self._flow = Flow()

    def tell(self, message: Event) -> None:
        status, id = str(message.get("status", "")), str(message.get("id", ""))
        detail = message.get("progressDetail")
        if isinstance(detail, dict) and detail.get("total") and status in ("Downloading", "Pushing"):
            self._layers[id] = (int(detail.get("current") or 0), int(detail["total"]))
            total = sum(each for _, each in self._layers.values())
            done = sum(done for done, _ in self._layers.values())
            percent = min(100, 100 * done // max(1, total))
            if percent > self._percent:
                self._percent = percent
                self._progress.report(PartOfStep(status, self._flow.amounts(done, total)), percent)
        elif status:
            self._progress.output(f"{id}: {status}" if id else status)
