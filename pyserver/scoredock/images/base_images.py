"""The image that everything is built on: named, pulled or built, and asked what it offers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet

from scoredock import l10n
from scoredock.containers.connection import Docker
from scoredock.containers.failures import docker_errors
from scoredock.containers.image_calls import KEY, ROLE, Login, build, look, pull, registry_of, split_reference
from scoredock.environments.conda.packages import available
from scoredock.environments.python.interpreters import own_interpreter
from scoredock.environments.spark import JAVA_PACKAGE, brings_java, needs_vector, pyspark_line, way_out
from scoredock.environments.spec import EnvironmentSpec, place_of
from scoredock.errors import ScoredockError
from scoredock.formats.image_reference import is_image_reference
from scoredock.formats.service_python import OLDEST, OLDEST_OF_SCRIPTS
from scoredock.images.built import BASE_REPOSITORY, DESCRIPTION
from scoredock.images.members import stream
from scoredock.images.old_python import is_old_alone, require_conda
from scoredock.images.pythons import BasePython, ImageContents, look_around
from scoredock.images.registries import handed, login_for
from scoredock.images.steps import BuildContext, dockerfile_context, kept_context, steps_context
from scoredock.images.written_steps import by_its_line, with_place
from scoredock.late_dataclass import dataclass
from scoredock.progress import CancelToken, Progress

DEFAULT = "python:{version}-slim"
"""Of the setting `scoredock.docker.baseImage`; `{version}` is Python's, as in `3.11`."""
_NEWEST = (3, 14)
VERSIONS = tuple(f"3.{minor}" for minor in range(OLDEST[1], _NEWEST[1] + 1))
"""That the default base image has, each under its own tag."""
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")


@dataclass(frozen=True, slots=True)
class BaseImage:
    """An image that is in the daemon's store, and what of it is used."""

    id: str
    reference: str
    """As a person knows it."""
    python: BasePython | None
    """The script's. None when the packages bring their own."""
    around: ImageContents
    path: str
    """Its PATH."""
    lacks: str = ""
    """A sentence that says which Python it has not, where that comes as a conda package."""

    @property
    def server(self) -> BasePython | None:
        """The first that hosts the scoring runtime, for a script whose own Python cannot; None where it has none."""
        return next((each for each in self.around.pythons if each.hosts), None)


def reference_for(spec: EnvironmentSpec, default: str) -> str:
    """The name of the base image. Raises ScoredockError `base-image-invalid`, `image-cuda-unsupported`,
    `python-not-found`."""
    image = spec.image
    if image.base_image:
        named = (
            f"{image.registry}/{image.base_image}"
            if _add_registry(image.registry, image.base_image)
            else image.base_image
        )
    else:
        if image.cuda:
            raise ScoredockError(
                "image-cuda-unsupported",
                l10n.t("There is no default base image with CUDA {version}.", version=image.cuda),
                l10n.t(
                    "Name one as baseImage, such as nvidia/cuda, or leave cudaVersion out:"
                    " packages like torch contain CUDA themselves."
                ),
                place=place_of(spec.source),
            )
        written = default or DEFAULT
        named = written.replace("{version}", python_for(spec)) if "{version}" in written else written
    if not is_image_reference(named):
        raise ScoredockError(
            "base-image-invalid",
            l10n.t("`{text}` is not the name of an image.", text=named[:80]),
            place=place_of(spec.source),
        )
    return named


def python_for(spec: EnvironmentSpec) -> str:
    """`3.11`: the newest Python that fits, this program's own when it does, or when only older ones do.

    Raises ScoredockError `python-not-found`.
    """
    own = own_interpreter().minor
    minors = [own, *((3, minor) for minor in range(_NEWEST[1], OLDEST[1] - 1, -1))]
    wanted = SpecifierSet(spec.python or "")
    for minor in minors:
        if minor >= OLDEST and any(wanted.contains(f"{minor[0]}.{minor[1]}.{patch}") for patch in (0, 9, 18)):
            return f"{minor[0]}.{minor[1]}"
    if is_old_alone(spec.python) or spec.python_is_wish:
        return f"{own[0]}.{own[1]}"  # for the scoring runtime; the script's comes beside it
    raise ScoredockError(
        "python-not-found",
        l10n.t(
            "The environment asks for Python {version}, but images can only have Python 3.6 to {newest}.",
            version=spec.python,
            newest=f"{_NEWEST[0]}.{_NEWEST[1]}",
        ),
        l10n.t("Change the pin to one of these versions."),
        place=place_of(spec.source),
    )


def find_base(
    docker: Docker, spec: EnvironmentSpec, default: str, login: Login | None, progress: Progress, cancel: CancelToken
) -> tuple[str, Mapping[str, Any]]:
    """Name and description of the base image before any steps: from the store, else pulled, or built of its Dockerfile.

    Raises ScoredockError `image-pull-failed`, `registry-refused`, `image-build-failed`, `image-steps-invalid`,
    `base-image-invalid`, `image-platform`, `disk-full`, `docker-unavailable`, `cancelled`.
    """
    logins = (*((login,) if login else ()), *handed())
    if spec.image.base_dockerfile:
        context = dockerfile_context_of(spec)
        return "baseDockerfile", _built(docker, context, "baseDockerfile", spec, logins, progress, cancel)
    reference = reference_for(spec, default)
    platform = _platform(docker, spec)
    image = look(docker, reference)
    if image is None:
        progress.report(l10n.t("Pulling the base image {image}", image=reference))
        # The daemon hands a password to whatever registry the name says: only to the one that it is for.
        pull(docker, reference, platform, login_for(reference, logins), progress, cancel)
        image = look(docker, reference)
        if image is None:
            raise ScoredockError(
                "image-pull-failed", l10n.t("Docker pulled {image}, but does not have it.", image=reference)
            )
    has = f"{image.get('Os')}/{image.get('Architecture')}"
    if platform and has != platform:
        raise ScoredockError(
            "image-platform",
            l10n.t(
                "The base image {image} is for {found}, but the environment asks for {platform}.",
                image=reference,
                found=has,
                platform=platform,
            ),
            l10n.t("Name an image that exists for this platform, or pull it for this platform first."),
            place=place_of(spec.source),
        )
    return reference, image


def with_steps(
    docker: Docker,
    reference: str,
    base: Mapping[str, Any],
    spec: EnvironmentSpec,
    progress: Progress,
    cancel: CancelToken,
    login: Login | None = None,
) -> Mapping[str, Any]:
    """The base image with `extraDockerfileSteps` on it, or itself when there are none. Raises as `find_base`."""
    if not spec.image.steps:
        return base
    try:
        context = steps_context(str(base["Id"]), spec.image.steps, spec.source, source_folder(spec))
    except ScoredockError as error:
        raise with_place(error, spec.image.steps, spec.image.written_in) from None
    logins = (*((login,) if login else ()), *handed())
    return _built(
        docker, context, l10n.t("{image} with extraDockerfileSteps", image=reference), spec, logins, progress, cancel
    )


def looked_at(
    docker: Docker, reference: str, image: Mapping[str, Any], spec: EnvironmentSpec, memory: Path, cancel: CancelToken
) -> BaseImage:
    """Base image with what it offers; without a Python where a conda package brings it.

    Raises ScoredockError `image-python-missing` with the versions that it has, `image-platform`.
    """
    around = look_around(docker, image, reference, further_places(spec), memory, cancel)
    return base_of(str(image["Id"]), reference, around, (image.get("Config") or {}).get("Env") or (), spec)


def further_places(spec: EnvironmentSpec) -> list[str]:
    """Paths of Pythons that are looked at first."""
    return [spec.interpreter] if spec.interpreter not in ("", "python") else []


def base_of(
    id: str, reference: str, around: ImageContents, variables: Sequence[str], spec: EnvironmentSpec
) -> BaseImage:
    """Base image from what an image offers; `variables` are those of its configuration. Raises as `looked_at`, but for
    the platform."""
    further = further_places(spec)
    path = next((each[5:] for each in variables if each.startswith("PATH=")), "")
    if spec.spark is not None and not around.java and not brings_java(spec.requirements):
        raise ScoredockError(
            "java-not-found",
            l10n.t("Spark needs Java, and the base image {image} has no Java.", image=reference),
            way_out()
            if needs_vector(pyspark_line(spec.requirements))
            else l10n.t("List {package} among the packages, or name a base image with Java.", package=JAVA_PACKAGE),
            place=place_of(spec.source),
        )
    base = BaseImage(id, reference, None, around, path)
    if spec.conda is not None:
        return base
    specifiers = SpecifierSet(spec.python or "")
    usable = [each for each in around.pythons if each.minor >= OLDEST_OF_SCRIPTS]
    if further:
        usable = [each for each in usable if each.path == further[0]] or usable
    # One that hosts the runtime needs no other beside it.
    usable.sort(key=lambda each: not each.hosts)
    fitting = [each for each in usable if specifiers.contains(each.version, prereleases=True)]
    if spec.python_is_wish and not (is_old_alone(spec.python) and available()):
        fitting += usable
    if fitting:
        return replace(base, python=fitting[0])
    has = ", ".join(sorted({each.version for each in around.pythons}))
    message = l10n.t("The base image {image} has no Python 3.6 or later.", image=reference)
    if spec.python:
        message = l10n.t("The base image {image} has no Python {version}.", image=reference, version=spec.python)
    if has:
        message = f"{message} {l10n.t('Found: {versions}.', versions=has)}"
    if is_old_alone(spec.python) and not spec.user_managed:
        require_conda(message, spec)
        return replace(base, lacks=message)
    raise ScoredockError(
        "image-python-missing",
        message,
        place=place_of(spec.source),
        details={"found": has.split(", ") if has else []},
    )


def network_arguments() -> dict[str, str]:
    """The host's proxies as build arguments, which Docker predefines and keeps out of images."""
    found: dict[str, str] = {}
    for name in _PROXIES:
        if value := os.environ.get(name) or os.environ.get(name.lower()):
            found[name] = value
    return found


def _built(
    docker: Docker,
    context: BuildContext,
    what: str,
    spec: EnvironmentSpec,
    logins: Sequence[Login],
    progress: Progress,
    cancel: CancelToken,
) -> Mapping[str, Any]:
    tag = f"{BASE_REPOSITORY}:{context.key}"
    if (image := look(docker, tag)) is not None:
        return image
    progress.report(l10n.t("Building {image}", image=what))
    try:
        build(
            docker,
            stream(context.members, cancel),
            tag=tag,
            labels={ROLE: "base", KEY: context.key, DESCRIPTION: f"Base of Scoredock services, built of {what}"},
            platform=_platform(docker, spec),
            progress=progress,
            cancel=cancel,
            arguments=network_arguments(),
            pull_logins=logins,
            images=context.images,
        )
    except ScoredockError as error:
        raise by_its_line(error, context, spec.image.written_in) from None
    image = look(docker, tag)
    if image is None:
        raise ScoredockError("image-build-failed", l10n.t("Docker built {image}, but does not have it.", image=what))
    return image


def _platform(docker: Docker, spec: EnvironmentSpec) -> str:
    """Platform that the daemon is asked for; empty for the one that it runs by itself.

    Azure ML knows linux/amd64 only and writes it everywhere, so that word alone is not a wish for emulation.
    """
    asked = spec.image.platform
    return "" if asked in ("", docker.platform, "linux/amd64") else asked


def dockerfile_context_of(spec: EnvironmentSpec) -> BuildContext:
    """Build context of the environment's own Dockerfile. Raises ScoredockError `image-steps-invalid`, `file-not-found`,
    and OSError where a file that was kept for it is gone."""
    if spec.image.context:
        return kept_context(spec.image.base_dockerfile, spec.image.context, spec.source)
    try:
        return dockerfile_context(spec.image.base_dockerfile, spec.source, source_folder(spec))
    except ScoredockError as error:
        raise with_place(error, [spec.image.base_dockerfile], spec.image.written_in) from None


def source_folder(spec: EnvironmentSpec) -> Path | None:
    """Folder from which COPY and ADD of a person's own steps take files: that of the file with the environment; None if
    it is not a file."""
    source = Path(spec.source)
    return source.parent if source.is_absolute() else None


def _add_registry(registry: str, image: str) -> bool:
    return bool(registry) and registry_of(image) != registry and not image.startswith(f"{registry}/")


def pinned_reference(docker: Docker, reference: str) -> str:
    """`python:3.11-slim@sha256:…`, so that the same is fetched again, whatever its tag means by then; the reference
    alone where it names a digest already, and where nobody knows one: the image was built here, or its registry
    cannot be asked. Never raises for that.

    A local copy is what services ran on, so it comes before what the registry has under the tag today.
    """
    if "@" in reference:
        return reference
    try:
        image = look(docker, reference)
        if image is None:
            with docker_errors(l10n.t("ask for {image}", image=reference)):
                api: Any = docker.api
                digest = str(api.inspect_distribution(reference)["Descriptor"]["digest"])
            return f"{reference}@{digest}"
    except (ScoredockError, KeyError, TypeError):
        return reference
    digest = registry_digest(image, reference)
    return f"{reference}@{digest}" if digest else reference


def registry_digest(image: Mapping[str, Any], reference: str) -> str:
    """Digest by which an image of the daemon was pulled from, or pushed to, the repository of a reference; empty for
    one that was built or loaded here."""
    repository, _ = split_reference(reference)
    # `docker.io/library/python` and `python` are one repository; the daemon tells the short name.
    short = repository.removeprefix("docker.io/").removeprefix("library/")
    for each in image.get("RepoDigests") or ():
        name, _, digest = str(each).partition("@")
        if name in (repository, short):
            return digest
    return ""
