"""Files that AZUREML_MODEL_DIR may hold: those of the models that are deployed or may be, and those that a path was
meant for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cached_property

from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.finding import Severity
from scoredock.checks.models.path_value import ModelPath
from scoredock.checks.programs_beside import own_models
from scoredock.checks.similar import similar
from scoredock.formats.placeholders import is_left_open

_CHECKPOINT = ".index"
"""TensorFlow calls a checkpoint by what the names of its files begin with; this is the end of one of them."""
_MAX_FILES = 50_000
_NO_ERROR: dict[Severity, Severity] = {
    "error": "warning",
    "warning": "warning",
    "information": "information",
    "hint": "hint",
}
"""A pattern that finds nothing is not an error yet."""


class Layouts:
    """The file trees that AZUREML_MODEL_DIR may stand for."""

    def __init__(self, facts: Facts) -> None:
        self.certain = facts.deployed_models is not None
        self.known = self.certain or bool(facts.models)
        every = [m for versions in (facts.models or {}).values() for m in versions]
        self._models: Sequence[ModelFacts] = facts.deployed_models if facts.deployed_models is not None else every
        self._newest = () if self.certain else own_models(facts)
        self.multiple = self.certain and len(self._models) != 1
        self.names = tuple(f"{m.name}:{m.version}" for m in self._models) if self.certain else ()

    @cached_property
    def single(self) -> set[str]:
        """Files below AZUREML_MODEL_DIR when one model is deployed: those of the one, or of any that may be."""
        return set().union(*(m.files for m in self._models))

    @cached_property
    def trees(self) -> list[set[str]]:
        """All that AZUREML_MODEL_DIR may hold, each time as paths of files."""
        if self.certain:
            return [_many(self._models) if self.multiple else self.single]
        return [self.single, _many(self._models)]

    @cached_property
    def folders(self) -> list[set[str]]:
        """The folders of each tree."""
        return [_folders(tree) for tree in self.trees]

    @cached_property
    def proposals(self) -> list[str]:
        """Files that may be meant instead of one that does not exist."""
        files = self.trees[0] if self.certain else set().union(*(m.files for m in self._newest))
        return sorted(files)[:_MAX_FILES]

    def judge(self, value: ModelPath) -> Severity | None:
        """Severity of a wrong path; None when it exists, or may."""
        bad = self._severity(value)
        if value.glued or value.absolute:
            return bad
        parts = value.parts
        if any(c in part for part in parts for c in "*?["):
            if value.open and value.unknown:
                return None
            pattern = "/".join(parts).replace("**/", "*")
            if value.unknown:
                pattern = pattern.replace("*/", "*")  # what is not known may be empty
            # A pattern that finds nothing gives an empty list, which need not be the end.
            found = any(self._matches(pattern, tree) for tree in self.trees)
            return None if found or value.open else bad if value.unknown else _NO_ERROR[bad]
        if value.open and not value.text.endswith("/"):
            # What is unknown may continue the last name, unless it was joined as a part of its own.
            parts = parts if value.style in ("join", "slash", "joinpath") else parts[:-1]
        path = "/".join(parts)
        if not path or (not self.certain and any(map(is_left_open, parts))):
            return None  # whoever deploys the script writes it with the name of the file first
        if not self.multiple and not value.open and path in self.single:
            return None  # the usual case, which needs no folders
        for tree, folders in zip(self.trees, self.folders, strict=True):
            if path in folders or (not value.open and (path in tree or path + _CHECKPOINT in tree)):
                return None
        return bad

    def _severity(self, value: ModelPath) -> Severity:
        """Severity of a path that leads nowhere."""
        if self.certain:
            return "warning" if value.style in ("glob", "rglob") else "error"
        # In a workspace without any model nobody has begun yet, and no script is to be blamed for that.
        return "warning" if self._newest or value.glued or value.absolute else "information"

    def _matches(self, pattern: str, tree: set[str]) -> bool:
        return len(tree) <= _MAX_FILES and any(fnmatchcase(path, pattern) for path in tree)

    def likely(self, value: ModelPath) -> str:
        """The file or folder that is there and is like the one that is not; empty where none is."""
        return next(iter(self._alike(value)), "")

    def holder(self, path: str) -> str:
        """The model that has a file or folder, the newest version that does."""
        holders = (m for m in reversed(self._models) if any(f"{file}/".startswith(f"{path}/") for file in m.files))
        return next((f"{m.name}:{m.version}" for m in holders), "")

    def proposed(self, value: ModelPath) -> list[str]:
        """Files that were probably meant, best first; the only one there is, whatever it is called."""
        if value.open or value.unknown or not value.parts:
            return []
        return self._alike(value) or (self.proposals if len(self.proposals) == 1 else [])

    def _alike(self, value: ModelPath) -> list[str]:
        name = value.parts[-1] if value.parts else ""
        if value.open or value.unknown or not name or any(c in name for c in "*?["):
            return []
        folders = (each for each in _folders(set(self.proposals)) if each.split("/")[-1] == name)
        return alike("/".join(value.parts), [*self.proposals, *sorted(folders)])


def alike(path: str, files: Sequence[str]) -> list[str]:
    """Files of the same name elsewhere, else those of nearly that name or with another ending, best first."""
    name = path.split("/")[-1]
    same = [f for f in files if f.split("/")[-1] == name]
    if len(same) > 3:
        same = similar(path, same, 3, 0.0)
    if same:
        return same
    near = similar(path[:300], files[:2000], 2, 0.6)
    names = {f.split("/")[-1]: f for f in files[:2000]}
    near += [names[n] for n in similar(name[:200], names, 2, 0.6) if names[n] not in near]
    stem = name.rpartition(".")[0].lower()
    near += [f for n, f in names.items() if stem and n.rpartition(".")[0].lower() == stem and f not in near]
    return sorted(near, key=lambda f: f.split("/")[-1].lower() != name.lower())


def _many(models: Iterable[ModelFacts]) -> set[str]:
    return {f"{m.name}/{m.version}/{path}" for m in models for path in m.files}


def _folders(tree: set[str]) -> set[str]:
    folders = set()
    for path in tree:
        while "/" in path:
            path = path.rsplit("/", 1)[0]
            if path in folders:
                break
            folders.add(path)
    return folders
