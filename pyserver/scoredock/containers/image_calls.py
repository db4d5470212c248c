"""Calls of the daemon for images: look, pull, push, build, and put a layer on top of one."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scoredock import l10n
from scoredock.containers.build_output import Steps
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors, refused
from scoredock.containers.long_calls import Event, events, failure_in
from scoredock.containers.waiting import until_cancelled
from scoredock.errors import DiskFull, DockerFailed, ImageMissing, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Flow, PartOfStep, Progress
from scoredock.visible import remember

ROLE = "com.scoredock.role"
BUILD_ROLE = "build"
KEY = "com.scoredock.key"


@dataclass(frozen=True, slots=True)
class Login:
    """Login of a registry. Never written anywhere."""

    server: str
    username: str
    password: str

    def __post_init__(self) -> None:
        remember(self.password)

    def __repr__(self) -> str:
        return f"Login({self.server!r}, {self.username!r})"


def look(docker: Docker, reference: str) -> Mapping[str, Any] | None:
    """Description of an image that the daemon has, by name or id; None if it has none."""
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


def discard(docker: Docker, container: str) -> None:
    """Remove a container and what it wrote, also while it runs. Never raises."""
    with contextlib.suppress(Exception):  # the next sweep finds it by its label
        docker.patient.remove_container(container, force=True, v=True)


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
    """Header with the login that was given, else with what the person's own Docker knows (its credential store)."""
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
    """Header of a request; what the daemon says of it is to have no password."""
    secrets = json.loads(base64.urlsafe_b64decode(packed))
    remember(packed, *(str(secrets.get(key) or "") for key in ("password", "identitytoken")))
    return {"X-Registry-Auth": packed}


def _known(docker: Docker, logins: Sequence[Login], images: Sequence[str]) -> dict[str, Any]:
    """Credentials by registry, as a build takes them: Docker's own goes by an address of its first days."""
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
