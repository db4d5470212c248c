"""Environments as people have them in files: conda YAML, pip requirements, and what the SDK writes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.checks.configs.environment import package_rules
from scoredock.checks.configs.environment import rules as environment_rules
from scoredock.checks.configs.environment.conda import parse_conda
from scoredock.checks.configs.environment.inline import InlineEnvironment, parse_environment
from scoredock.checks.configs.environment.requirements import parse_requirements
from scoredock.errors import Place, ScoredockError
from scoredock.formats.environment_form import form_of
from scoredock.registry.assets.environment_definition import Definition, conda_text
from scoredock.registry.assets.images import require_reference
from scoredock.registry.assets.portable_lines import Included, require_readable, standalone
from scoredock.registry.blobs.plain_files import read_text
from scoredock.registry.grammar import printable

_JSON_NAME = "azureml_environment.json"
_BYTES = 1_000_000
_VARIABLES = 1_000
WHEN_BUILT = frozenset((package_rules.RENAMED.code, package_rules.STANDARD_LIBRARY.code))
"""Of packages that no installer finds. They are read and registered, as in Azure; who builds the environment hears of
it."""
_LISTS = re.compile(r"^[\"']?(?:dependencies|channels)[\"']?[ \t]*:", re.MULTILINE)
_OF_V2 = re.compile(
    r"^(?:\$schema|command|jobs|environment|code_configuration|conda_file|image|build)[ \t]*:", re.MULTILINE
)
_NAMED = re.compile(r"^[ \t]*conda_file[ \t]*:[ \t]*[\"']?([^\s\"'#:]+)[ \t\"']*(?:#.*)?$", re.MULTILINE)
_HOLDS = re.compile(r"^conda_file[ \t]*:[ \t]*(?:#.*)?$", re.MULTILINE)
"""The packages themselves, in the file of an environment."""
Tell = Callable[[str], None]


def require_conda(path: Path, text: str, code: str = "environment-source-invalid") -> None:
    """Raises ScoredockError for a YAML of v2 that names an environment, or holds one further in."""
    if _LISTS.search(text) or not _OF_V2.search(text):
        return
    named = {str(path.parent / each) for each in _NAMED.findall(text)}
    fix = l10n.t("Write its packages into a conda file, and give that.")
    if named:
        fix = l10n.t("Give the conda file that it names: {files}.", files=", ".join(sorted(named)))
    elif _HOLDS.search(text):
        fix = l10n.t(
            "Register it with `scoredock environment register {path}`, and name that with -e.",
            path=shlex.quote(str(path)),
        )
    raise ScoredockError(
        code,
        l10n.t("{path} is not a conda file: it has no list “dependencies” at its top.", path=path),
        fix,
        place=Place(str(path)),
    )


def from_path(path: Path, *, stays_here: bool = False, tell: Tell | None = None) -> Definition:
    """Definition in a person's file: conda YAML, pip requirements, azureml_environment.json, or the folder that holds
    one. `tell` gets what no installer finds, where the file is registered; who installs it at once gets the error.

    Raises environment-source-invalid, environment-not-portable, image-reference-invalid, file-*.
    """
    if path.is_dir():
        path = path / _JSON_NAME
    text = read_text(path, _BYTES)
    form = form_of(path.name, text)
    if form == "json":
        return _from_json(path, text, stays_here=stays_here, tell=tell)
    if form == "conda":
        return _from_conda(path, text, stays_here=stays_here, tell=tell)
    lines, findings = parse_requirements(text, Facts(path=str(path)))
    requirements = standalone(lines, Included(path.parent, stays_here=stays_here))
    require_readable(path, findings, WHEN_BUILT if stays_here or tell else (), tell)
    if not requirements:
        raise ScoredockError(
            "environment-source-invalid",
            l10n.t("{path} names no packages.", path=printable(str(path))),
            place=Place(str(path)),
        )
    return Definition(
        requirements=requirements,
        text=text if requirements == lines else "".join(f"{line}\n" for line in requirements),
        name=path.parent.name if path.stem == "requirements" else path.stem,
        variables={},
    )


def _from_conda(path: Path, text: str, *, stays_here: bool, tell: Tell | None) -> Definition:
    require_conda(path, text)
    conda, findings = parse_conda(text, Facts(path=str(path)))
    pip = standalone(conda.pip, Included(path.parent, stays_here=stays_here)) if conda is not None else ()
    require_readable(path, findings, WHEN_BUILT if stays_here or tell else (), tell)
    if conda is None:
        raise ScoredockError(
            "environment-source-invalid",
            l10n.t("{path} contains no environment.", path=printable(str(path))),
            place=Place(str(path)),
        )
    if pip != conda.pip:
        conda = replace(conda, pip=pip)
        text = conda_text(conda)
    return Definition(conda=conda, text=text, name=conda.name, variables={})


def _from_json(path: Path, text: str, *, stays_here: bool, tell: Tell | None) -> Definition:
    inline, findings = parse_environment(text, Facts(path=str(path)))
    require_readable(
        path, [each for each in findings if each.code != environment_rules.RESERVED.code], WHEN_BUILT, tell
    )
    if inline is None:
        raise ScoredockError(
            "environment-source-invalid",
            l10n.t("{path} contains no environment.", path=printable(str(path))),
            place=Place(str(path)),
        )
    packages = _packages_of(inline, path, stays_here=stays_here, tell=tell)
    # The layout of Environment.save_to_directory: the Dockerfile lies beside the JSON.
    beside = path.parent / "BaseDockerfile"
    dockerfile = inline.base_dockerfile or (read_text(beside, _BYTES) if beside.is_file() else "")
    if inline.base_image and not dockerfile:
        require_reference(inline.base_image)
    if packages is None and not inline.base_image and not dockerfile and not inline.interpreter:
        raise ScoredockError(
            "environment-source-invalid",
            l10n.t("{path} names neither packages nor an image.", path=printable(str(path))),
            place=Place(str(path)),
        )
    _require_storable(path, inline.environment_variables, dockerfile)
    return replace(
        packages or Definition(),
        image="" if dockerfile else inline.base_image or "",
        dockerfile=dockerfile,
        user_managed=inline.user_managed,
        stack_version=inline.stack_version or "",
        variables=dict(inline.environment_variables),
        name=inline.name,
        unused=inline.unused,
        interpreter=inline.interpreter,
        docker=replace(inline.docker, base_image="", base_dockerfile=""),
        spark=inline.spark,
    )


def _require_storable(path: Path, variables: Sequence[tuple[str, str]], dockerfile: str) -> None:
    """JSON can spell texts that no process can be given and no file can hold."""
    wrong = ""
    if len(variables) > _VARIABLES:
        wrong = l10n.t("has more than {count} environment variables", count=_VARIABLES)
    for name, value in variables:
        if not name or "=" in name or not _is_text(name + value):
            wrong = l10n.t(
                "has the environment variable {name}, whose name or value cannot be set", name=printable(name)
            )
    if not _is_text(dockerfile):
        wrong = l10n.t("has a Dockerfile that is not UTF-8 text")
    if wrong:
        raise ScoredockError("environment-source-invalid", f"{printable(str(path))} {wrong}.", place=Place(str(path)))


def _is_text(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def _packages_of(inline: InlineEnvironment, path: Path, *, stays_here: bool, tell: Tell | None) -> Definition | None:
    if inline.user_managed:
        return None
    if inline.conda is not None:
        conda = replace(inline.conda, pip=standalone(inline.conda.pip, Included(path.parent, stays_here=stays_here)))
        return Definition(conda=conda, text=conda_text(conda))
    beside = path.parent / "conda_dependencies.yml"
    # The SDK reads the packages that lie beside what it saved, whatever file is named there.
    saved = path.name == "azureml_environment.json" and beside.is_file()
    if inline.conda_file and not saved:
        beside = path.parent / inline.conda_file
    elif not beside.is_file():
        return None
    return _from_conda(beside, read_text(beside, _BYTES), stays_here=stays_here, tell=tell)
