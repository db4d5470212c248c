"""Environments as Azure ML writes them in JSON, with image, Spark and a person's own Python, as specifications.
Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.project_settings import Way
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.checks.configs.environment.inline import InlineEnvironment
from scoredock.environments.spark import (
    JAVA_PACKAGE,
    SUITED_PYSPARK,
    beside,
    brings_java,
    lists_setuptools,
    needs_vector,
    pyspark_line,
)
from scoredock.environments.spec import EnvironmentSpec, ImageSpec, SparkSpec, from_conda, from_requirements
from scoredock.formats.environment_sections import NO_DOCKER, DockerSection, SparkSection
from scoredock.late_dataclass import dataclass

SPARK_RUNTIME = "spark-py"
_PLATFORM = "linux/amd64"


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of an environment besides its packages, whatever kind of file or record it comes from."""

    name: str = ""
    user_managed: bool = False
    interpreter: str = ""
    docker: DockerSection = NO_DOCKER
    spark: SparkSection | None = None
    stack_version: str = ""
    unused: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    """Instructions of `extraDockerfileSteps`."""
    cuda: str = ""
    written_in: str = ""
    """The file of a person that has the Dockerfile or the steps."""


def parts_of(environment: InlineEnvironment, file: str = "") -> Parts:
    """Parts of an environment in JSON, and in this file."""
    return Parts(
        written_in=file,
        name=environment.name,
        user_managed=environment.user_managed,
        interpreter=environment.interpreter,
        docker=environment.docker,
        spark=environment.spark,
        stack_version=environment.stack_version or "",
        unused=environment.unused,
    )


def from_json(
    environment: InlineEnvironment,
    *,
    source: str,
    conda: CondaSpec | None,
    contained: bool = False,
    way: Way = "auto",
    written_in: str = "",
) -> EnvironmentSpec:
    """An environment in JSON with the conda part that it names or holds; `written_in` where its source is generated.
    Raises what `from_conda` raises."""
    parts = parts_of(environment, written_in or source)
    return with_parts(packages(conda, source, way), parts, contained=contained)


def packages(conda: CondaSpec | None, source: str, way: Way = "auto") -> EnvironmentSpec:
    """The packages alone; without a conda part only the runtime. Raises what `from_conda` raises."""
    if conda is None:
        return from_requirements((), source, "environment")
    return from_conda(conda, source, way=way)


def with_parts(spec: EnvironmentSpec, parts: Parts, *, contained: bool) -> EnvironmentSpec:
    """The packages with everything else. The notes name what has no meaning where the service runs.

    `contained` says that the service runs in an image.
    """
    docker = parts.docker
    image = ImageSpec(
        base_image="" if docker.base_dockerfile else docker.base_image,
        base_dockerfile=docker.base_dockerfile,
        steps=parts.steps,
        registry=docker.registry,
        registry_user=docker.registry_user,
        platform=docker.platform or _PLATFORM,
        arguments=docker.arguments,
        shm_bytes=docker.shm_bytes,
        gpu=docker.gpu or bool(parts.cuda),
        cuda=parts.cuda,
        written_in=parts.written_in if parts.steps or docker.base_dockerfile else "",
    )
    notes = [*_always(parts), *([] if contained else _in_a_process(parts, image))]
    if parts.user_managed:
        if spec.requirements or spec.conda is not None:
            notes.append(l10n.t("The listed packages are not installed, because userManagedDependencies is set."))
        spec = replace(spec, requirements=(), conda=None, python=None, fallback=None)
    spec = replace(
        spec,
        image=image,
        user_managed=parts.user_managed,
        interpreter=parts.interpreter if parts.user_managed else "",
        display_name=parts.name or spec.display_name,
        notes=(*spec.notes, *notes),
    )
    if parts.spark is None:
        return spec
    # The SDK writes this section into every environment; Spark is meant where PySpark is listed, too.
    if has_pyspark(spec) or spec.spark is not None:
        return with_spark(replace(spec, spark=None), parts.spark)
    text = l10n.t("The spark section of the environment is not used: the package pyspark is not listed.")
    return replace(spec, notes=(*spec.notes, text))


def with_spark(spec: EnvironmentSpec, section: SparkSection | None = None) -> EnvironmentSpec:
    """The same as a spark-py environment: PySpark and a Java that suits it from the package index."""
    spark = section or SparkSection()
    found_there = l10n.t(
        "{runtime}: Spark runs inside the service (local mode), with the Java found there.", runtime=SPARK_RUNTIME
    )
    notes = [found_there]
    if not spec.user_managed:
        spec, brought = _with_java(spec)
        if brought:
            notes = [
                l10n.t(
                    "{runtime}: Spark runs inside the service (local mode), with the Java of the package {package}.",
                    runtime=SPARK_RUNTIME,
                    package=JAVA_PACKAGE,
                )
            ]
    if spark.packages:
        notes.append(l10n.t("Spark downloads {packages} when its session starts.", packages=", ".join(spark.packages)))
    return replace(spec, spark=SparkSpec(spark.packages, spark.repositories), notes=(*spec.notes, *notes))


def _with_java(spec: EnvironmentSpec) -> tuple[EnvironmentSpec, bool]:
    """Specification with PySpark and a Java from the index that starts it, and whether it brings one. What is listed
    stays as it is, and a release that no such Java starts looks for another one."""
    conda = spec.conda.specs if spec.conda is not None else ()
    listed = (*spec.requirements, *conda)
    line = pyspark_line(listed)
    if needs_vector(line):
        return spec, brings_java(listed)
    own = beside(line)
    if brings_java(listed):
        own = tuple(each for each in own if not brings_java([each]))
    if lists_setuptools(listed):
        own = tuple(each for each in own if not lists_setuptools([each]))
    if spec.conda is not None and line in conda and SUITED_PYSPARK in own:
        # Its own solver chooses the release: pip would install another one over it.
        spec = replace(spec, conda=replace(spec.conda, specs=(*conda, SUITED_PYSPARK)))
        own = tuple(each for each in own if each != SUITED_PYSPARK)
    return replace(spec, requirements=(*spec.requirements, *own)), True


def instructions(text: str) -> tuple[str, ...]:
    """The instructions of Dockerfile steps, one each: continuation lines joined, comments and empty lines left out."""
    steps: list[str] = []
    open_line = False
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if open_line:
            steps[-1] += "\n" + line.rstrip()
        else:
            steps.append(line.strip())
        open_line = line.rstrip().endswith("\\")
    return tuple(steps)


def has_pyspark(spec: EnvironmentSpec) -> bool:
    """True if PySpark is among the packages, by pip or conda."""
    return bool(pyspark_line((*spec.requirements, *(spec.conda.specs if spec.conda is not None else ()))))


def _always(parts: Parts) -> Iterator[str]:
    if parts.unused:
        yield l10n.t("Not used outside of Azure: {names}.", names=", ".join(parts.unused))
    if parts.stack_version:
        yield l10n.t(
            "inferencingStackVersion {version}: the scoring runtime is used instead of Azure's serving stack.",
            version=parts.stack_version,
        )
    if parts.docker.registry_identity:
        yield l10n.t("registryIdentity is an identity in Azure. Here the registry needs a user name and a password.")
    if parts.docker.registry_password:
        yield l10n.t(
            "The registry password in the file is not used: it is asked for once and kept in the secret store."
        )
    if parts.docker.shared_volumes is False:
        yield l10n.t("sharedVolumes is not used: services do not share folders with this machine.")


def _in_a_process(parts: Parts, image: ImageSpec) -> Iterator[str]:
    """Everything about images, where the service runs as a process."""
    named = [
        name
        for name, setting in (
            (l10n.t("base image"), image.base_image),
            (l10n.t("Dockerfile"), image.base_dockerfile),
            (l10n.t("Dockerfile steps"), image.steps),
            (l10n.t("arguments of docker run"), image.arguments),
            (l10n.t("size of /dev/shm"), image.shm_bytes),
            (l10n.t("platform"), image.platform != _PLATFORM),
            (l10n.t("GPU"), image.gpu),
            (l10n.t("registry"), image.registry),
        )
        if setting
    ]
    if parts.user_managed and (image.base_image or image.base_dockerfile):
        yield l10n.t(
            "The image with the packages is not used, because the service runs as a process: {interpreter} must have"
            " them. Deploy to Docker to use the image.",
            interpreter=parts.interpreter or l10n.t("the Python on the path"),
        )
    elif named:
        yield l10n.t(
            "Not used, because the service runs as a process on this machine: {names}. Deploy to Docker to use them.",
            names=", ".join(named),
        )
