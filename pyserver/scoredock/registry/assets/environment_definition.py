"""Definition of an environment, apart from where it was read and how it is stored. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from scoredock import l10n
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.formats.environment_sections import NO_DOCKER, DockerSection, SparkSection
from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ContextFile:
    """One file of the folder that a Dockerfile copies from."""

    name: str
    """Below that folder; forward slashes."""
    place: Path
    """Where its bytes lie."""
    is_executable: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """Definition of an environment. Packages come from `conda` or `requirements`; with neither it is an image."""

    conda: CondaSpec | None = None
    requirements: tuple[str, ...] | None = None
    text: str = ""
    """The conda file or the requirements as they are stored; nothing in it refers to another file."""
    image: str = ""
    dockerfile: str = ""
    """Its text."""
    context: tuple[ContextFile, ...] = ()
    """The files that it copies."""
    user_managed: bool = False
    """The image brings all packages."""
    stack_version: str = ""
    variables: Mapping[str, str] | None = None
    name: str = ""
    """What the source itself calls it."""
    unused: tuple[str, ...] = ()
    """Keys of the source that mean nothing here."""
    interpreter: str = ""
    """`interpreterPath` of a user-managed environment."""
    docker: DockerSection = NO_DOCKER
    """Everything else about the image."""
    spark: SparkSection | None = None

    @property
    def packages(self) -> tuple[str, ...]:
        """Lines that ask for packages."""
        found = (*self.conda.conda, *self.conda.pip) if self.conda is not None else self.requirements or ()
        return tuple(line for line in found if not line.startswith("-"))


def shown_text(definition: Definition) -> str:
    """Text of an environment to read: what no package says as comments, then the packages or the Dockerfile."""
    notes = [l10n.t("Image: {image}", image=definition.image)] if definition.image else []
    if definition.user_managed:
        notes.append(
            l10n.t("All packages are those of {interpreter}.", interpreter=definition.interpreter)
            if definition.interpreter
            else l10n.t("All packages are those of the image.")
        )
    if definition.stack_version:
        notes.append(l10n.t("Serving stack: {version}", version=definition.stack_version))
    if definition.spark is not None:
        notes.append(
            l10n.t("Spark: {packages}", packages=", ".join(definition.spark.packages) or l10n.t("no packages"))
        )
    notes += [
        l10n.t("Variable: {name}={value}", name=name, value=json.dumps(value))
        for name, value in (definition.variables or {}).items()
    ]
    if definition.unused:
        notes.append(l10n.t("Not used here: {keys}", keys=", ".join(definition.unused)))
    head = "".join(f"# {note}\n" for note in notes)
    dockerfile = definition.dockerfile
    if dockerfile and definition.text:  # beside packages it is shown as a comment
        dockerfile = "".join(f"# {line}\n" for line in ("Dockerfile:", *dockerfile.splitlines()))
        return head + dockerfile + definition.text
    return head + (definition.text or dockerfile)


def quoted(text: str) -> str:
    """Text as a double-quoted YAML string, in ASCII only."""
    return '"' + "".join(_ESCAPES.get(each) or (each if " " <= each <= "~" else _code(each)) for each in text) + '"'


def _code(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 1 << 8 else f"\\u{number:04x}" if number < 1 << 16 else f"\\U{number:08x}"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def conda_text(conda: CondaSpec) -> str:
    """A conda file that says the same. Every text is quoted, so that nothing is taken for a number or a key."""
    lines = [f"name: {quoted(conda.name)}"] if conda.name else []
    if conda.channels:
        lines += ["channels:", *(f"  - {quoted(each)}" for each in conda.channels)]
    lines.append("dependencies:")
    if conda.python is not None:
        lines.append(f"  - {quoted('python' + conda.python)}")
    lines += [f"  - {quoted(each)}" for each in conda.conda]
    if conda.pip:
        lines += ["  - pip:", *(f"      - {quoted(each)}" for each in conda.pip)]
    if conda.variables:
        lines += ["variables:", *(f"  {quoted(key)}: {quoted(value)}" for key, value in conda.variables)]
    return "\n".join(lines) + "\n"


def sections(definition: Definition) -> dict[str, object]:
    """The same as azureml_environment.json says it; a version is not part of it."""
    conda = definition.conda
    packages: dict[str, object] | None = None
    if conda is not None:
        listed: list[object] = [] if conda.python is None else ["python" + conda.python]
        listed += [*conda.conda, *([{"pip": list(conda.pip)}] if conda.pip else [])]
        packages = {"name": conda.name or "project_environment", "dependencies": listed}
        packages |= {"channels": list(conda.channels)} if conda.channels else {}
        packages |= {"variables": dict(conda.variables)} if conda.variables else {}
    elif definition.requirements is not None:
        packages = {"name": "project_environment", "dependencies": [{"pip": list(definition.requirements)}]}
    return {
        "name": definition.name,
        "environmentVariables": dict(definition.variables or {}),
        "python": {
            "userManagedDependencies": definition.user_managed,
            "interpreterPath": definition.interpreter or "python",
            "condaDependenciesFile": None,
            "baseCondaEnvironment": None,
            "condaDependencies": packages,
        },
        "docker": {
            "enabled": False,
            "baseImage": definition.image or None,
            "baseDockerfile": definition.dockerfile or None,
            "arguments": list(definition.docker.arguments),
        },
        "inferencingStackVersion": definition.stack_version or None,
    }
