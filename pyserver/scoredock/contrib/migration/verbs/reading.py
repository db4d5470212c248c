"""Pieces of a project as values: code, files of models, environments of files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.checks.configs.environment.conda import CondaSpec, parse_conda
from scoredock.checks.configs.environment.inline import InlineEnvironment, parse_environment
from scoredock.checks.configs.environment.requirements import parse_requirements
from scoredock.checks.script.imported_modules import imported_modules
from scoredock.contrib.migration.domain.environments import DEFAULT_PYTHON
from scoredock.contrib.migration.domain.source import CodeSource, EnvironmentSource, TakenFile
from scoredock.environments.pip.local_packages import placed
from scoredock.errors import Place, ScoredockError
from scoredock.formats.environment_form import form_of
from scoredock.formats.signs import NEVER_DEPLOYED
from scoredock.images.ignoring import ignored
from scoredock.scripts.texts import read_text
from scoredock.services.lifecycle.source_tree import is_environment

if TYPE_CHECKING:
    from scoredock.contrib.migration.domain.sdk.rewriting import SdkEnvironment

_MOST_FILES = 20_000
_INCLUDES = re.compile(r"(?:-r|--requirement)[ =]?\s*(?P<path>\S+)")
_NESTING = 5
_LONGEST_CONDA_NAME = 100


def files_below(folder: Path, prefix: str, left_out: Path | None) -> Iterator[TakenFile]:
    """Regular files, in order; none of what no service gets and of the output folder. Raises ScoredockError
    `migration-source-invalid` for more than anybody writes."""
    count = 0
    for current, folders, names in os.walk(folder):
        above = Path(current)
        folders[:] = sorted(name for name in folders if not _is_left_out(above / name, left_out))
        for name in sorted(names):
            path = above / name
            if not path.is_file():
                continue
            count += 1
            if count > _MOST_FILES:
                raise ScoredockError(
                    "migration-source-invalid",
                    l10n.t("{folder} has more than {count} files.", folder=folder, count=_MOST_FILES),
                    place=Place(str(folder)),
                )
            inner = path.relative_to(folder).as_posix()
            yield TakenFile(f"{prefix}/{inner}" if prefix else inner, str(path))


def _is_left_out(folder: Path, left_out: Path | None) -> bool:
    return folder == left_out or folder.name in NEVER_DEPLOYED or is_environment(folder)


def files_of_model(path: Path, left_out: Path | None) -> tuple[TakenFile, ...]:
    """A file, or a folder under its own name. Raises ScoredockError `migration-source-invalid`."""
    if path.is_dir():
        return tuple(files_below(path, path.name, left_out))
    if not path.is_file():  # a pipe would keep the reader waiting, a device never ends
        raise ScoredockError(
            "migration-source-invalid",
            l10n.t("{path} is not a regular file.", path=path),
            l10n.t("Put the file of the model there."),
            place=Place(str(path)),
        )
    return (TakenFile(path.name, str(path)),)


def code_of(script: Path, source_directory: str, overlays: Mapping[str, str], left_out: Path | None) -> CodeSource:
    """The script with its source directory, or with the modules that it imports from beside it.

    Raises ScoredockError `migration-source-invalid`, and what `text_of` raises.
    """
    text = text_of(script, overlays)
    where = str(script)
    if source_directory and Path(source_directory) in script.parents:
        return code_below(Path(source_directory), script, text, where, left_out)
    brought = imported_modules(
        script.as_posix(), text, source_directory, os.path.isfile, lambda name: read_text(Path(name), overlays)
    )
    folder = script.parent
    beside = [Path(each) for each in brought if folder in Path(each).parents]
    files = tuple(TakenFile(path.relative_to(folder).as_posix(), str(path)) for path in (script, *beside))
    return CodeSource(script.name, text, files, where)


def code_below(folder: Path, script: Path, text: str, where: str, left_out: Path | None) -> CodeSource:
    """Code of a folder without files that may hold secrets, which packages leave out as well. Raises as
    `files_below`.
    """
    rules = ignored(folder)
    files = tuple(files_below(folder, "", left_out))
    secrets = tuple(each.path for each in files if rules.holds_secret(PurePosixPath(each.path)))
    name = script.relative_to(folder).as_posix()
    return CodeSource(name, text, tuple(each for each in files if each.path not in secrets), where, secrets)


# -------------------------------------------------------------------------------------------------- environments


def environment_of_inline(
    inline: InlineEnvironment, folder: Path, name: str, where: str, overlays: Mapping[str, str]
) -> EnvironmentSource:
    """Environment that is written out. Raises ScoredockError `migration-source-invalid`."""
    conda = inline.conda
    if conda is None and inline.conda_file and not inline.user_managed:
        conda = packages_of(folder / inline.conda_file, overlays)
    elif conda is not None:
        conda = replace(conda, pip=tuple(_expanded(conda.pip, folder, overlays, 0)))
    return EnvironmentSource(
        name=inline.name or name,
        version=inline.version or "",
        conda=conda,
        image=inline.base_image or "",
        dockerfile=_dockerfile(inline, folder, overlays),
        user_managed=inline.user_managed,
        docker=inline.docker,
        has_spark=inline.spark is not None,
        unused=inline.unused,
        stack_version=inline.stack_version or "",
        gpu=inline.docker.gpu,
        variables={**dict(conda.variables if conda is not None else ()), **dict(inline.environment_variables)},
        where=where,
    )


def _dockerfile(inline: InlineEnvironment, folder: Path, overlays: Mapping[str, str]) -> str:
    """Text of a Dockerfile; v1 takes the path of one as well."""
    written = inline.base_dockerfile or ""
    if written and "\n" not in written and not written.lstrip().upper().startswith("FROM"):
        return read_text(folder / written, overlays) or written
    return written


def environment_of_file(path: Path, name: str, overlays: Mapping[str, str]) -> EnvironmentSource:
    """Environment in a conda, requirements or JSON file. Raises ScoredockError `migration-source-invalid`, and what
    `text_of` raises.
    """
    text = text_of(path, overlays)
    if form_of(path.name, text) == "json":
        inline = parse_environment(text, Facts(path=str(path)))[0]
        if inline is None:
            raise _unreadable(path)
        return environment_of_inline(inline, path.parent, name, str(path), overlays)
    conda = packages_of(path, overlays)
    own = conda.name[:_LONGEST_CONDA_NAME] if conda.name not in ("", "project_environment") else name
    return EnvironmentSource(own, conda=conda, variables=dict(conda.variables), where=str(path))


def environment_of_script(
    environment: SdkEnvironment, script: Path, path_of: Callable[[str], Path | None], overlays: Mapping[str, str]
) -> EnvironmentSource:
    """Environment that a script of the SDK makes. Raises ScoredockError as `environment_of_file` does."""
    path = path_of(environment.file) if environment.file else None
    unclear = [*environment.unclear, *([environment.line] if environment.file and path is None else [])]
    where = str(path) if path is not None else f"{script}:{environment.line}"
    source = EnvironmentSource(environment.name, where=where, is_reference=environment.of_workspace)
    if path is not None:
        source = environment_of_file(path, environment.name, overlays)
    conda = source.conda
    if environment.conda or environment.pip or environment.python or environment.channels:
        base = conda or CondaSpec("project_environment", DEFAULT_PYTHON)
        conda = replace(
            base,
            python=environment.python or base.python,
            channels=environment.channels or base.channels,
            conda=(*base.conda, *environment.conda),
            pip=(*base.pip, *_expanded(environment.pip, script.parent, overlays, 0)),
        )
    dockerfile = environment.dockerfile
    if dockerfile and "\n" not in dockerfile and (place := path_of(dockerfile)) is not None:
        dockerfile = read_text(place, overlays) or dockerfile
    return replace(
        source,
        name=environment.name or source.name,
        version=environment.version,
        conda=conda,
        image=environment.image or source.image,
        dockerfile=dockerfile or source.dockerfile,
        user_managed=environment.user_managed or source.user_managed,
        variables={**source.variables, **environment.variables},
        unclear=tuple(f"{script}:{line}" for line in unclear),
    )


def packages_of(path: Path, overlays: Mapping[str, str]) -> CondaSpec:
    """Packages in a conda or requirements file. Raises ScoredockError `migration-source-invalid`, and what `text_of`
    raises.
    """
    text = text_of(path, overlays)
    if form_of(path.name, text) != "conda":
        lines = parse_requirements(text, Facts(path=str(path)))[0]
        return CondaSpec("project_environment", "=3.10", pip=tuple(_expanded(lines, path.parent, overlays, 0)))
    conda = parse_conda(text, Facts(path=str(path)))[0]
    if conda is None or conda.unreadable:
        raise _unreadable(path)
    return replace(conda, pip=tuple(_expanded(conda.pip, path.parent, overlays, 0)))


def _expanded(lines: Sequence[str], folder: Path, overlays: Mapping[str, str], depth: int) -> Iterator[str]:
    """Lines with those of included files in their place: those files do not come along."""
    for line in lines:
        include = _INCLUDES.match(line.strip())
        if include is None or depth >= _NESTING:
            yield placed(line, folder)
            continue
        text = read_text(folder / include["path"], overlays)
        if text is None:
            yield line
            continue
        inner = parse_requirements(text, Facts(path=str(folder / include["path"])))[0]
        yield from _expanded(inner, (folder / include["path"]).parent, overlays, depth + 1)


def text_of(path: Path, overlays: Mapping[str, str]) -> str:
    """Text of a file. Raises ScoredockError `file-not-found`."""
    text = read_text(path, overlays)
    if text is None:
        raise ScoredockError(
            "file-not-found", l10n.t("{path} does not exist, or is not text.", path=path), place=Place(str(path))
        )
    return text


def _unreadable(path: Path) -> ScoredockError:
    return ScoredockError(
        "migration-source-invalid",
        l10n.t("{path} cannot be read.", path=path),
        l10n.t("Look what is wrong with `scoredock check {path}`.", path=path),
        place=Place(str(path)),
    )
