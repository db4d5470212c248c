"""Reads the files that lines of v2 name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.analysis.edits import plain
from scoredock.analysis.read import parse
from scoredock.contrib.az.domain.v2_equivalents import quoted

_LARGEST = 1 << 20
_OF_COMPUTE = ("name", "type", "size", "min_instances", "max_instances", "idle_time_before_scale_down", "tier")
ELSEWHERE = re.compile(r"azureml:|git\+|[a-z]+://|runs:/")
"""Beginnings of what does not lie on this machine."""


class NotYaml(Exception):
    """A file that is not YAML."""


def read_keys(path: Path) -> Mapping[str, Any]:
    """The keys of a file; none where it cannot be read. Raises NotYaml."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return {}
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return {}
    tree = parse(text, path.name)
    if tree.problems:
        first = tree.problems[0]
        raise NotYaml(
            l10n.t(
                "“{path}” has an error in line {line}, so Azure refuses it as well. {problem}",
                path=path,
                line=first.range.start.line + 1,
                problem=first.message,
            )
        )
    value = plain(tree.root)
    return value if isinstance(value, dict) else {}


def missing_file(name: str) -> str:
    """Sentence that there is no such file; empty for one that is there, and for a name that is still to be
    filled in.
    """
    return (
        ""
        if re.search(r"[$%<>{}\[\]]", name) or Path(name).exists()
        else l10n.t("There is no file {file} here.", file=name)
    )


def mapping_of(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def with_change(job: Mapping[str, Any], keys: Sequence[str], value: str) -> Mapping[str, Any]:
    """Copy of the job with another value at a path of keys."""
    inner = value if len(keys) == 1 else with_change(mapping_of(job.get(keys[0])), keys[1:], value)
    return {**job, keys[0]: inner}


def is_pipeline(name: str) -> bool:
    """True if the file of a batch deployment is about a pipeline, and not about a model."""
    try:
        return str(read_keys(Path(name)).get("type")).lower() == "pipeline"
    except NotYaml:
        return False


def with_names_of_file(fix: str, name: str) -> str:
    """Advice for a deployment, with the endpoint and the name from its file where the line has none."""
    try:
        document = read_keys(Path(name))
    except NotYaml:
        return fix
    for word, text, key in (("ENDPOINT", "traffic ENDPOINT ", "endpoint_name"), ("NAME", " NAME=100", "name")):
        if isinstance(document.get(key), str):
            fix = fix.replace(text, text.replace(word, quoted(document[key])))
    return fix


def options_of_file(name: str, changes: Iterable[tuple[str, str]]) -> list[str]:
    """Options that say what the file of a compute target says; empty if it cannot be read. `changes` are what `--set`
    says.
    """
    try:
        values = {**read_keys(Path(name)), **dict(changes)}
    except NotYaml:
        return []
    pairs = [(f"--{key.replace('_', '-')}", values.get(key)) for key in _OF_COMPUTE]
    return [word for option, value in pairs if isinstance(value, (str, int)) for word in (option, str(value))]


def with_file_of_model(words: Sequence[str], name: str, changes: Iterable[tuple[str, str]]) -> list[str]:
    """A line that registers the model of a file, with what the file says in the place of the file, where its files do
    not lie on this machine; else as it is. `changes` are what `--set` says."""
    try:
        values = read_keys(Path(name))
        for key, value in changes:
            values = with_change(values, key.split("."), value)
    except NotYaml:
        return list(words)
    value_of_option = dict(pairwise(words))
    path = next(
        (value_of_option[option] for option in ("--path", "-p") if option in value_of_option),
        str(values.get("path") or ""),
    )
    if not ELSEWHERE.match(path):
        return list(words)
    at = next(at for at, word in enumerate(words) if word in (name, f"--file={name}"))
    rest = [*words[: at - (words[at] == name)], *words[at + 1 :]]
    pairs = {"--name": values.get("name"), "--path": path, "--description": values.get("description")}
    own = {"--name": "-n", "--path": "-p"}
    added = [
        word
        for option, value in pairs.items()
        if value and not {option, own.get(option, "")} & value_of_option.keys()
        for word in (option, str(value))
    ]
    tags = [f"{key}={value}" for key, value in mapping_of(values.get("tags")).items()]
    return [*rest, *added, *(("--tag", *tags) if tags else ())]
