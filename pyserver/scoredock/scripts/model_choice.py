"""Choice of the models that a script is deployed with, as far as that is certain: pure, of what the script loads and
what there is.

Nothing is guessed: a registered model is chosen because the script was deployed with it or because it holds what the
script loads, a file because it is what the script loads or the only one that can be meant.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import Literal

from scoredock.checks.models.model_needs import ModelNeeds
from scoredock.late_dataclass import dataclass

ModelState = Literal["chosen", "deployed", "held", "file", "several", "missing", "none"]
_GENERAL = re.compile(
    r"(?:(?:my|the|best|final|trained|saved|sk|ml)[-_. ]?)?(?:models?|weights|classifier|regressor|estimator|pipeline|"
    r"clf|checkpoint|outputs?|artifacts?)|best|final",
    re.IGNORECASE,
)
"""Names of files that say nothing about the model: the project's name says more."""
_MOST_COMPARED = 20


@dataclass(frozen=True, slots=True)
class RegisteredFiles:
    """A registered version, as far as it is chosen by."""

    name: str
    version: int
    files: tuple[str, ...]
    created: float = 0.0

    @property
    def id(self) -> str:
        return f"{self.name}:{self.version}"

    def holds(self, files: Sequence[str]) -> bool:
        """True if it has all these files or folders; `*` stands for anything."""
        return all(
            any(path == file or path.startswith(f"{file}/") or _fits(path, file) for path in self.files)
            for file in files
        )


@dataclass(frozen=True, slots=True)
class FilesToRegister:
    """Files of the project that become one version."""

    name: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProposedModels:
    """Models that Deploy proposes."""

    state: ModelState
    models: tuple[str, ...] = ()
    """Registered ones."""
    files: tuple[FilesToRegister, ...] = ()
    """What is registered on the way."""


@dataclass(frozen=True, slots=True)
class ModelsAround:
    """Models and files that there are to choose from."""

    paths: tuple[str, ...]
    """Files and folders of the project that look like models, nearest to the script first."""
    registered: tuple[RegisteredFiles, ...]
    """Live versions, newest first."""
    same: Callable[[str, Sequence[str]], bool]
    """Whether a registered version holds exactly these files."""
    exists: Callable[[str], bool]
    folders: tuple[str, ...]
    """Where a file that the script names is looked for, nearest first."""
    project: str
    """Name that says what the project is about."""


def choose_models(needs: ModelNeeds, around: ModelsAround) -> ProposedModels:
    """Models for a script that was not deployed before, and of which nobody said a model."""
    if not needs.any_model:
        return ProposedModels("none")
    if needs.names:
        return _by_name(needs, around)
    if needs.files:
        return _by_files(needs.files, around)
    return _only_one(around)


def choice_without_script(around: ModelsAround) -> ProposedModels:
    """Models for a folder that has no entry script: the model itself is what is served."""
    return _only_one(around)


def files_to_register(paths: Sequence[str], around: ModelsAround, name: str = "") -> FilesToRegister:
    """Files with the name of the model that they become."""
    return FilesToRegister(name or _name_for(paths, around), tuple(paths))


def _by_name(needs: ModelNeeds, around: ModelsAround) -> ProposedModels:
    models: list[str] = []
    files: list[FilesToRegister] = []
    for name, version in needs.names:
        known = [each for each in around.registered if each.name == name and version in (None, each.version)]
        if known:
            models.append(max(known, key=lambda each: each.version).id)
            continue
        path = _named_like(name, around, is_only_model=len(needs.names) == 1)
        if not path:
            several = len(around.paths) > 1 and len(needs.names) == 1
            return ProposedModels("several" if several else "missing")
        files.append(FilesToRegister(name, (path,)))
    return ProposedModels("file" if files else "held", tuple(models), tuple(files))


def _named_like(name: str, around: ModelsAround, *, is_only_model: bool) -> str:
    """The file of a model that is asked for by its name: one called like it, or the only one there is."""
    like = [path for path in around.paths if name.lower() in (_stem(path).lower(), PurePath(path).name.lower())]
    if like:
        return like[0]
    return around.paths[0] if is_only_model and len(around.paths) == 1 else ""


def _by_files(files: Sequence[str], around: ModelsAround) -> ProposedModels:
    several = _by_folders(files, around)
    if several:
        return several
    here = files_on_disk(files, around)
    holding = [each for each in around.registered if each.holds(files)]
    if here:
        same = next((each for each in holding[:_MOST_COMPARED] if around.same(each.id, here)), None)
        new = files_to_register(here, around)
        return ProposedModels("held", (same.id,)) if same else ProposedModels("file", files=(new,))
    newest = _newest(holding)
    if len(newest) == 1:
        return ProposedModels("held", (newest[0].id,))
    if newest:
        return ProposedModels("several")
    if any("*" in file for file in files):
        return _only_one(around)
    return ProposedModels("missing")


def _by_folders(files: Sequence[str], around: ModelsAround) -> ProposedModels | None:
    """Proposal for a script that finds several models below `<name>/<version>` each; None for all others."""
    parts = [file.split("/", 2) for file in files]
    if len({tuple(each[:2]) for each in parts}) < 2 or not all(len(p) == 3 and p[1].isdigit() for p in parts):
        return None
    models: list[str] = []
    files_to_register: list[FilesToRegister] = []
    for name, version, inner in parts:
        known = next((e for e in around.registered if e.name == name and str(e.version) == version), None)
        if known is not None:
            models.append(known.id)
            continue
        here = files_on_disk((inner,), around)
        if not here:
            return ProposedModels("missing")
        files_to_register.append(FilesToRegister(name, here))
    return ProposedModels(
        "file" if files_to_register else "held", tuple(dict.fromkeys(models)), tuple(dict.fromkeys(files_to_register))
    )


def files_on_disk(files: Sequence[str], around: ModelsAround) -> tuple[str, ...]:
    """Paths to register so that a script finds its files; empty where one of them does not lie here.

    A path with folders in it is that of a folder that was registered whole.
    """
    paths: dict[str, None] = {}
    for file in files:
        top = file.split("/", 1)[0]
        path = _matching(file, around) if "*" in file else _nearest(file, top, around)
        if not path:
            return ()
        paths[path] = None
    return tuple(paths)


def _nearest(file: str, top: str, around: ModelsAround) -> str:
    for folder in around.folders:
        if around.exists(os.path.join(folder, file)):  # noqa: PTH118 (plain strings)
            return os.path.join(folder, top)  # noqa: PTH118
    if "/" in file:
        return ""
    return next((path for path in around.paths if PurePath(path).name == file), "")


def _matching(pattern: str, around: ModelsAround) -> str:
    """The only file of the project that a pattern can mean."""
    last = pattern.rsplit("/", 1)[-1]
    fitting = [path for path in around.paths if "/" not in pattern and fnmatchcase(PurePath(path).name, last)]
    return fitting[0] if len(fitting) == 1 else ""


def _only_one(around: ModelsAround) -> ProposedModels:
    """For a script that loads a model and does not say which: the only file of the project."""
    if not around.paths:
        return ProposedModels("missing")
    if len(around.paths) > 1:
        return ProposedModels("several")
    return choice_of_file(around.paths[0], around)


def choice_of_file(path: str, around: ModelsAround) -> ProposedModels:
    """The registered version that is this very file or folder, else what it becomes."""
    name = PurePath(path).name
    holding = [each for each in around.registered if any(file.split("/")[0] == name for file in each.files)]
    same = next((each for each in holding[:_MOST_COMPARED] if around.same(each.id, (path,))), None)
    return (
        ProposedModels("held", (same.id,))
        if same
        else ProposedModels("file", files=(files_to_register((path,), around),))
    )


def _fits(path: str, pattern: str) -> bool:
    return "*" in pattern and fnmatchcase(path, pattern)


def _newest(models: Sequence[RegisteredFiles]) -> list[RegisteredFiles]:
    """The newest version of each name."""
    found: dict[str, RegisteredFiles] = {}
    for each in models:
        if each.name not in found or found[each.name].version < each.version:
            found[each.name] = each
    return list(found.values())


def _name_for(paths: Sequence[str], around: ModelsAround) -> str:
    """Called after the file, or after the project where the file's name says nothing. The next version of a model of
    that name only where that holds such a file: others are not to be mixed with it."""
    from scoredock.registry.formats.recognise import name_of

    stem = _stem(paths[0])
    plain = name_of(around.project) if _GENERAL.fullmatch(stem) else name_of(stem)
    tops = {PurePath(path).name for path in paths}
    newest = {each.name: each for each in _newest(around.registered)}

    def is_next_of(name: str) -> bool:
        return name in newest and bool(tops & {file.split("/")[0] for file in newest[name].files})

    if is_next_of(name_of(stem)):
        return name_of(stem)
    for number in range(1, len(around.registered) + 2):
        name = plain if number == 1 else f"{plain}-{number}"
        if name not in newest or is_next_of(name):
            return name
    return plain


def _stem(path: str) -> str:
    name = PurePath(path).name
    return name.split(".", 1)[0] or name
