"""Environments in JSON: `azureml_environment.json`, and the `environment` of an inference configuration."""

from __future__ import annotations

from ntpath import basename

from scoredock import l10n
from scoredock.analysis.edits import quoted, remove
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of
from scoredock.analysis.read import read
from scoredock.analysis.result_cache import result_cache
from scoredock.analysis.tree import Lines, Mapping, Node, Scalar, kind_name
from scoredock.checks.configs.environment import package_rules, rules
from scoredock.checks.configs.environment.conda import FIELDS as CONDA_FIELDS
from scoredock.checks.configs.environment.conda import CondaSpec, conda_of
from scoredock.checks.configs.environment.inline_values import check_docker, check_python, check_stack, check_variables
from scoredock.checks.configs.shape import ShapeRules, check_shape
from scoredock.formats.environment_sections import NO_DOCKER, DockerSection, SparkSection, docker_of, spark_of
from scoredock.formats.fields import Field
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, TextEdit

SHAPE = ShapeRules(rules.DOUBLED, rules.UNKNOWN, rules.KIND, rules.KIND, lambda: l10n.t("an environment of the SDK v1"))

_REGISTRY = (
    Field(
        "address", "text", "Address of the container registry.", v2="environment image, with the registry in its name"
    ),
    Field("username", "text", "User of the registry.", v2="none: the identity of the endpoint reads the registry"),
    Field(
        "password",
        "text",
        "Password of the registry; better kept out of files.",
        v2="none: the identity of the endpoint reads the registry",
    ),
    Field("registryIdentity", "any", "Identity that may read the registry.", v2="identity of the endpoint"),
)
_PYTHON = (
    Field(
        "userManagedDependencies",
        "boolean",
        "The image brings all packages; nothing is installed.",
        default="false",
        snippet="true",
        v2="none: leave conda_file out",
    ),
    Field(
        "interpreterPath",
        "text",
        "Python in the image, when it is user managed.",
        default="python",
        v2="none: the image says it",
    ),
    Field("condaDependenciesFile", "text", "Path of a conda file.", path="file", v2="environment conda_file"),
    Field(
        "condaDependencies",
        "object",
        "The content of a conda file, as JSON.",
        fields=CONDA_FIELDS,
        snippet='{"dependencies": ["python=3.11", {"pip": ["azureml-defaults"]}]}',
        v2="environment conda_file, written out",
    ),
    Field("baseCondaEnvironment", "text", "conda environment of the image to start from.", v2="none"),
)
_DOCKER = (
    Field(
        "enabled",
        "boolean",
        "Deprecated; services always run in a container.",
        default="false",
        v2="none: a deployment always runs in a container",
    ),
    Field(
        "baseImage",
        "text",
        "Image to start from.",
        default="mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04",
        v2="environment image",
    ),
    Field(
        "baseDockerfile",
        "text",
        "Text of a Dockerfile to build instead of a base image.",
        v2="environment build.dockerfile_path",
    ),
    Field("buildContext", "any", "Folder with a Dockerfile to build.", v2="environment build.path"),
    Field(
        "baseImageRegistry",
        "object",
        "Registry of the base image.",
        fields=_REGISTRY,
        v2="environment image, with the registry in its name",
    ),
    Field("sharedVolumes", "boolean", "Share folders with the container.", default="true", v2="none"),
    Field("shmSize", "text", "Size of /dev/shm.", default="2g", v2="none"),
    Field("arguments", "list", "Further arguments of docker run.", default="[]", v2="none"),
    Field("gpuSupport", "boolean", "Deprecated; detected automatically.", v2="instance_type with graphics cards"),
    Field("platform", "any", "Operating system and architecture.", default="Linux, amd64", v2="environment os_type"),
)
FIELDS = (
    Field(
        "name",
        "text",
        "Name of the environment; must not begin with Microsoft or AzureML when it is your own.",
        v2="environment name",
    ),
    Field(
        "version",
        "any",
        "Version of a registered environment; null takes the newest.",
        default="newest",
        v2="environment version",
    ),
    Field(
        "environmentVariables",
        "map",
        "Environment variables of the service.",
        snippet="{}",
        v2="deployment environment_variables",
    ),
    Field(
        "python",
        "object",
        "Python and its packages.",
        fields=_PYTHON,
        snippet='{"condaDependenciesFile": "conda.yml"}',
        v2="environment conda_file",
    ),
    Field("docker", "object", "The image.", fields=_DOCKER, snippet="{}", v2="environment image, or build"),
    Field("spark", "any", "Spark packages.", v2="none"),
    Field("databricks", "any", "Databricks libraries.", v2="none"),
    Field("r", "any", "R packages.", v2="none: a container of your own"),
    Field(
        "inferencingStackVersion",
        "text",
        'Version of the serving stack to add to the image; "latest" or null.',
        default="null",
        v2="none: list azureml-inference-server-http",
    ),
    Field("assetId", "any", "Written by Azure ML.", v2="environment id"),
)
_IMAGES = ("baseImage", "baseDockerfile", "buildContext")
_RESERVED = ("microsoft", "azureml")
_SECTIONS = frozenset(("python", "docker", "spark", "databricks"))
"""What a definition has that Azure ML wrote."""


@dataclass(frozen=True, slots=True)
class EnvironmentReference:
    """An environment that is registered somewhere: only its name and version are given."""

    name: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class InlineEnvironment:
    """An environment that is written out."""

    name: str = ""
    version: str | None = None
    conda: CondaSpec | None = None
    conda_file: str | None = None
    """Path of a conda file instead."""
    environment_variables: tuple[tuple[str, str], ...] = ()
    base_image: str | None = None
    base_dockerfile: str | None = None
    user_managed: bool = False
    """The image brings all packages."""
    stack_version: str | None = None
    """inferencingStackVersion: of the serving stack that Azure adds to the image."""
    unused: tuple[str, ...] = ()
    """Keys with a value that means nothing outside of Azure, such as `databricks`."""
    interpreter: str = ""
    """`interpreterPath`; empty for the default."""
    docker: DockerSection = NO_DOCKER
    spark: SparkSection | None = None


@result_cache
def parse_environment(text: str, facts: Facts) -> tuple[InlineEnvironment | None, list[Finding]]:
    """The environment of an environment file; None when nothing could be read."""
    tree, findings = read(text, facts.path or "azureml_environment.json", rules.BROKEN, rules.MAGIC)
    if tree.root is None:
        return None, findings
    if not isinstance(tree.root, Mapping):
        return None, findings or [rules.NOT_AN_OBJECT.finding(tree.root.range, got=kind_name(tree.root))]
    environment, more = environment_of(tree.root, text, facts)
    if not facts.serves:
        left_out = {rules.OLD_PYTHON.code, package_rules.PYTHON_BESIDE.code}
        if _is_azures(tree.root):
            left_out.add(rules.NO_DEFAULTS.code)  # most environments of Azure ML are for training
        more = [each for each in more if each.code not in left_out]
    return environment, findings + more


def environment_of(root: Mapping, text: str, facts: Facts | None = None) -> tuple[InlineEnvironment, list[Finding]]:
    """The same for an object inside an inference configuration."""
    facts = facts or Facts()
    lines = Lines(text)
    inner = _object(root.get("python"))
    listed = inner.get("condaDependencies") if inner else None
    findings = [f for f in check_shape(root, FIELDS, SHAPE, lines=lines) if not _inside_conda(listed, f)]
    findings += _check_name(root, facts) + _check_images(root, lines)
    python = _object(root.get("python"))
    docker = _object(root.get("docker"))
    findings += check_docker(docker, lines) + check_python(python, facts, lines)
    findings += check_variables(root.get("environmentVariables"), lines)
    findings += check_stack(root.get("inferencingStackVersion"))
    conda_node = python.get("condaDependencies") if python else None
    conda: CondaSpec | None = None
    if isinstance(conda_node, Mapping):
        conda, more = conda_of(conda_node, text, facts=facts)
        if _text(root.get("inferencingStackVersion")):
            more = [f for f in more if f.code != rules.NO_DEFAULTS.code]  # Azure adds the server to the image
        managed = bool(python and _flag(python.get("userManagedDependencies")))
        # Nothing is installed from a list that is not used.
        findings += [f for f in more if f.severity != "warning"] if managed else more
    return (
        InlineEnvironment(
            name=_text(root.get("name")) or "",
            version=_version(root.get("version")),
            conda=conda,
            conda_file=_text(python.get("condaDependenciesFile")) if python else None,
            environment_variables=variables_of(root.get("environmentVariables")),
            base_image=_text(docker.get("baseImage")) if docker else None,
            base_dockerfile=_text(docker.get("baseDockerfile")) if docker else None,
            user_managed=bool(python and _flag(python.get("userManagedDependencies"))),
            stack_version=_text(root.get("inferencingStackVersion")),
            unused=_unused(root, docker, python),
            interpreter=_text(python.get("interpreterPath")) or "" if python else "",
            docker=docker_of(docker),
            spark=spark_of(root.get("spark")),
        ),
        findings,
    )


def reference_of(root: Mapping) -> EnvironmentReference | None:
    """The name and version, when the object gives nothing else."""
    if not set(root.names()) <= {"name", "version"}:
        return None
    name = _text(root.get("name"))
    return EnvironmentReference(name, _version(root.get("version"))) if name else None


def variables_of(node: Node | None) -> tuple[tuple[str, str], ...]:
    """Environment variables that are texts, in order."""
    if not isinstance(node, Mapping):
        return ()
    return tuple(
        (str(e.key.value), str(e.value.value))
        for e in node.entries
        if isinstance(e.value, Scalar) and isinstance(e.value.value, str)
    )


def _unused(root: Mapping, docker: Mapping | None, python: Mapping | None) -> tuple[str, ...]:
    found = [name for name in ("databricks", "r") if _given(root.get(name))]
    if docker and _given(docker.get("buildContext")):
        found.append("docker.buildContext")
    if python and _given(python.get("baseCondaEnvironment")):
        found.append("python.baseCondaEnvironment")
    return tuple(found)


def _given(node: Node | None) -> bool:
    return node is not None and not (isinstance(node, Scalar) and node.value is None)


def _inside_conda(node: Node | None, finding: Finding) -> bool:
    """The conda part is checked by its own module, which would tell everything twice."""
    return isinstance(node, Mapping) and node.range.start <= finding.range.start and finding.range.end <= node.range.end


def _check_name(root: Mapping, facts: Facts) -> list[Finding]:
    node = root.get("name")
    name = _text(node)
    if name is None or node is None or set(root.names()) <= {"name", "version"}:
        return []  # a reference to a curated environment is right
    if basename(folder_of(facts.path)) == name or _is_handed_out(root):
        return []  # and so is its definition as Azure ML hands it out: a folder of that name, or all keys and a number
    prefix = next((p for p in _RESERVED if name.lower().startswith(p)), None)
    if prefix is None:
        return []
    rest = name[len(prefix) :].strip("-_. ")
    fixes = (Fix(l10n.t("Change to {new}", new=rest), (TextEdit(node.range, quoted(node, rest)),)),) if rest else ()
    return [rules.RESERVED.finding(node.range, fixes=fixes, prefix=name[: len(prefix)])]


def _is_handed_out(root: Mapping) -> bool:
    """True if a definition was downloaded: the service writes every section, and the number that it was registered
    with, which one of your own does not have before."""
    number = _version(root.get("version"))
    return number is not None and number.isdigit() and set(root.names()) >= _SECTIONS


def _is_azures(root: Mapping) -> bool:
    """True if a definition is one of Azure ML's own, or one that its SDK saved: by its name, or by all its sections."""
    name = (_text(root.get("name")) or "").lower()
    return name.startswith((*_RESERVED, "automl-")) or set(root.names()) >= _SECTIONS


def _check_images(root: Mapping, lines: Lines) -> list[Finding]:
    docker = _object(root.get("docker"))
    if docker is None:
        return []
    images = [
        e
        for e in docker.entries
        if e.key.value in _IMAGES and not (isinstance(e.value, Scalar) and e.value.value is None)
    ]
    return [
        rules.EXCLUSIVE.finding(
            e.key.range,
            fixes=(
                *remove(docker, [e], lines, preferred=False),
                *remove(docker, [images[0]], lines, preferred=False),
            ),
            first=images[0].key.value,
            second=e.key.value,
        )
        for e in images[1:]
        if e.key.value != images[0].key.value
    ]


def _object(node: Node | None) -> Mapping | None:
    return node if isinstance(node, Mapping) else None


def _text(node: Node | None) -> str | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _version(node: Node | None) -> str | None:
    return (
        str(node.value)
        if isinstance(node, Scalar) and node.value is not None and not isinstance(node.value, bool)
        else None
    )


def _flag(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True
