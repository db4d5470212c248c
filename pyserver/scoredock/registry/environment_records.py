"""Registered environments: what they hold, read from a person's files so that the record stands alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scoredock.configs import environment_rules
from scoredock.configs.conda import CondaSpec, parse_conda
from scoredock.configs.environment import InlineEnvironment, parse_environment
from scoredock.configs.facts import Facts
from scoredock.configs.finding import Finding
from scoredock.configs.requirements import parse_requirements
from scoredock.errors import Place, ScoredockError
from scoredock.progress import CancelToken
from scoredock.registry import curated
from scoredock.registry.assets import Assets
from scoredock.registry.grammar import shown
from scoredock.registry.images import require_reference
from scoredock.registry.plain_files import read_text
from scoredock.registry.portable_lines import Included, standalone
from scoredock.registry.records import AssetRecord

CONDA_FILE, REQUIREMENTS_FILE, DOCKERFILE = "conda.yml", "requirements.txt", "Dockerfile"
"""Names of the stored files; the first two say the packages."""
_JSON_NAME = "azureml_environment.json"
_BYTES = 1_000_000
_VARIABLES = 1_000


@dataclass(frozen=True, slots=True)
class Definition:
    """What an environment is. Packages come from `conda` or `requirements`; with neither it is an image."""

    conda: CondaSpec | None = None
    requirements: tuple[str, ...] | None = None
    text: str = ""
    """The conda file or the requirements as they are stored; nothing in it refers to another file."""
    image: str = ""
    dockerfile: str = ""
    """Its text."""
    user_managed: bool = False
    """The image brings all packages."""
    stack_version: str = ""
    variables: Mapping[str, str] | None = None
    name: str = ""
    """What the source itself calls it."""
    unused: tuple[str, ...] = ()
    """Keys of the source that mean nothing here."""

    @property
    def packages(self) -> tuple[str, ...]:
        """Lines that ask for packages."""
        found = (*self.conda.conda, *self.conda.pip) if self.conda is not None else self.requirements or ()
        return tuple(line for line in found if not line.startswith("-"))


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference to an environment leads to."""

    id: str
    """`name:version`; the name alone for a curated one."""
    definition: Definition
    registered: bool
    """Whether it is a record of the workspace."""


def register(
    assets: Assets,
    name: str,
    *,
    path: Path | None = None,
    image: str = "",
    clone: str = "",
    description: str = "",
    tags: Mapping[str, str] | None = None,
    cancel: CancelToken | None = None,
) -> AssetRecord:
    """The next version of an environment; the newest one is given back when it is the same already.

    Exactly one of `path`, `image` and `clone` says where it comes from. An empty `name` takes the one that the file
    has. Raises environment-source-invalid, environment-not-portable, image-reference-invalid, file-*, asset-*, and what
    `Assets.add` raises.
    """
    if sum((path is not None, bool(image), bool(clone))) != 1:
        raise ScoredockError(
            "environment-source-invalid",
            "An environment is made from a file, or an image, or a clone: give one of them.",
        )
    if name:
        assets.require("environment", name, description, tags or {})
    if path is not None:
        definition = from_path(path)
    elif image:
        require_reference(image)
        definition = Definition(image=image)
    else:
        definition = resolve(assets, clone).definition
    return assets.add(
        "environment",
        name or definition.name,
        _content(definition),
        _files(definition),
        description=description,
        tags=tags,
        unless_same=True,
        cancel=cancel,
    )


def resolve(assets: Assets, reference: str) -> Resolved:
    """What `name:version` or `name` (the newest) means: a registered environment, or a curated one.

    A curated environment has one definition here, whatever version is named. Raises asset-not-found.
    """
    offered = curated.find(reference.partition(":")[0])
    if offered is not None:
        return Resolved(offered.name, of_curated(offered), registered=False)
    record = assets.get("environment", reference)
    return Resolved(record.id, of_record(assets, record), registered=True)


def environment_versions(assets: Assets) -> dict[str, tuple[int, ...]]:
    """Names that a configuration may use, with the live versions of each; curated ones take any and have none here."""
    found: dict[str, tuple[int, ...]] = {each.name: () for each in curated.ENVIRONMENTS}
    for name, version in assets.numbers("environment"):
        found[name] = (*found.get(name, ()), version)
    return found


def of_record(assets: Assets, record: AssetRecord) -> Definition:
    """What a registered version holds. Raises model-damaged."""
    texts = {file.path: assets.text(record, file) for file in record.files}
    said = record.content
    variables = said.get("variables")
    definition = Definition(
        image=str(said.get("image") or ""),
        dockerfile=texts.get(DOCKERFILE, ""),
        user_managed=said.get("userManaged") is True,
        stack_version=str(said.get("inferencingStackVersion") or ""),
        variables={str(key): str(value) for key, value in variables.items()} if isinstance(variables, dict) else {},
        name=record.name,
    )
    if CONDA_FILE in texts:
        conda, _ = parse_conda(texts[CONDA_FILE], Facts())
        if conda is None:
            raise assets.damaged(record, record.files[0])
        return replace(definition, conda=conda, text=texts[CONDA_FILE])
    if REQUIREMENTS_FILE in texts:
        lines, _ = parse_requirements(texts[REQUIREMENTS_FILE], Facts())
        return replace(definition, requirements=lines, text=texts[REQUIREMENTS_FILE])
    return definition


def of_curated(offered: curated.Curated) -> Definition:
    """A curated environment as if it were registered."""
    conda = CondaSpec(offered.name, None, (), offered.packages, ("conda-forge",))
    return Definition(conda=conda, text=conda_text(conda), name=offered.name, variables={})


def from_path(path: Path) -> Definition:
    """What a person's file says: conda YAML, pip requirements, azureml_environment.json, or the folder that holds one.

    Raises as `register` does.
    """
    if path.is_dir():
        path = path / _JSON_NAME
    text = read_text(path, _BYTES)
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _from_json(path, text)
    if suffix in (".yml", ".yaml"):
        return _from_conda(path, text)
    lines, findings = parse_requirements(text, Facts(path=str(path)))
    _require_readable(path, findings)
    kept = standalone(lines, Included(path.parent))
    if not kept:
        raise ScoredockError(
            "environment-source-invalid", f"{shown(str(path))} names no packages.", place=Place(str(path))
        )
    return Definition(
        requirements=kept,
        text=text if kept == lines else "".join(f"{line}\n" for line in kept),
        name=path.parent.name if path.stem == "requirements" else path.stem,
        variables={},
    )


def _from_conda(path: Path, text: str) -> Definition:
    conda, findings = parse_conda(text, Facts(path=str(path)))
    _require_readable(path, findings)
    if conda is None:
        raise ScoredockError(
            "environment-source-invalid", f"{shown(str(path))} holds no environment.", place=Place(str(path))
        )
    pip = standalone(conda.pip, Included(path.parent))
    if pip != conda.pip:
        conda = replace(conda, pip=pip)
        text = conda_text(conda)
    return Definition(conda=conda, text=text, name=conda.name, variables={})


def _from_json(path: Path, text: str) -> Definition:
    inline, findings = parse_environment(text, Facts(path=str(path)))
    _require_readable(path, [each for each in findings if each.code != environment_rules.RESERVED.code])
    if inline is None:
        raise ScoredockError(
            "environment-source-invalid", f"{shown(str(path))} holds no environment.", place=Place(str(path))
        )
    packages = _packages_of(inline, path)
    # The layout of Environment.save_to_directory: the Dockerfile lies beside the JSON.
    beside = path.parent / "BaseDockerfile"
    dockerfile = inline.base_dockerfile or (read_text(beside, _BYTES) if beside.is_file() else "")
    if inline.base_image and not dockerfile:
        require_reference(inline.base_image)
    if packages is None and not inline.base_image and not dockerfile:
        raise ScoredockError(
            "environment-source-invalid",
            f"{shown(str(path))} names neither packages nor an image.",
            place=Place(str(path)),
        )
    if len(inline.environment_variables) > _VARIABLES:
        raise ScoredockError(
            "environment-source-invalid",
            f"{shown(str(path))} has more than {_VARIABLES:,} environment variables.",
            place=Place(str(path)),
        )
    return replace(
        packages or Definition(),
        image="" if dockerfile else inline.base_image or "",
        dockerfile=dockerfile,
        user_managed=inline.user_managed,
        stack_version=inline.stack_version or "",
        variables=dict(inline.environment_variables),
        name=inline.name,
        unused=inline.unused,
    )


def _packages_of(inline: InlineEnvironment, path: Path) -> Definition | None:
    if inline.user_managed:
        return None
    if inline.conda is not None:
        conda = replace(inline.conda, pip=standalone(inline.conda.pip, Included(path.parent)))
        return Definition(conda=conda, text=conda_text(conda))
    beside = path.parent / "conda_dependencies.yml"
    if inline.conda_file:
        return _from_conda(path.parent / inline.conda_file, read_text(path.parent / inline.conda_file, _BYTES))
    return _from_conda(beside, read_text(beside, _BYTES)) if beside.is_file() else None


def _require_readable(path: Path, findings: Sequence[Finding]) -> None:
    wrong = next((each for each in findings if each.severity == "error"), None)
    if wrong is not None:
        start = wrong.range.start
        raise ScoredockError(
            "environment-source-invalid",
            f"{shown(str(path))}, line {start.line + 1}: {wrong.message.rstrip('.')}.",
            "Correct the line, then register again.",
            place=Place(str(path), start.line, start.character),
        )


def _content(definition: Definition) -> dict[str, object]:
    python = (definition.conda.python or "").strip() if definition.conda is not None else ""
    form = "conda" if definition.conda is not None else "pip" if definition.requirements is not None else "docker"
    return {
        "format": form,
        "python": python.lstrip("=").strip(),
        "packages": len(definition.packages),
        "image": definition.image,
        "dockerfile": bool(definition.dockerfile),
        "userManaged": definition.user_managed,
        "inferencingStackVersion": definition.stack_version,
        "variables": dict(definition.variables or {}),
        "unused": list(definition.unused),
    }


def _files(definition: Definition) -> dict[str, list[bytes]]:
    files: dict[str, list[bytes]] = {}
    if definition.conda is not None:
        files[CONDA_FILE] = [definition.text.encode()]
    elif definition.requirements is not None:
        files[REQUIREMENTS_FILE] = [definition.text.encode()]
    if definition.dockerfile:
        files[DOCKERFILE] = [definition.dockerfile.encode()]
    return files


def conda_text(conda: CondaSpec) -> str:
    """A conda file that says the same. Every text is quoted, so that nothing is taken for a number or a key."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=True)

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


def summary(record: AssetRecord) -> str:
    """`conda · Python 3.11 · 6 packages`."""
    said = record.content
    form, count = said.get("format"), said.get("packages")
    if form == "docker":
        return f"Docker image · {said['image']}" if said.get("image") else "Dockerfile"
    parts = [str(form)]
    if said.get("python"):
        parts.append(f"Python {said['python']}")
    parts.append(f"{count} {'package' if count == 1 else 'packages'}")
    return " · ".join(parts)


def shown_text(definition: Definition) -> str:
    """What an environment holds, for reading: what no package says as comments, then the packages or the Dockerfile."""
    notes = [f"Image: {definition.image}"] if definition.image else []
    if definition.user_managed:
        notes.append("The image brings all packages.")
    if definition.stack_version:
        notes.append(f"Serving stack: {definition.stack_version}")
    notes += [f"Variable: {name}={json.dumps(value)}" for name, value in (definition.variables or {}).items()]
    if definition.unused:
        notes.append(f"Not used here: {', '.join(definition.unused)}")
    head = "".join(f"# {note}\n" for note in notes)
    dockerfile = definition.dockerfile
    if dockerfile and definition.text:  # beside packages it is only told
        dockerfile = "".join(f"# {line}\n" for line in ("Dockerfile:", *dockerfile.splitlines()))
        return head + dockerfile + definition.text
    return head + (definition.text or dockerfile)
