"""Keys of a pipeline's file that are not read here: refused or without meaning, each with its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from scoredock import l10n
from scoredock.contrib.pipelines.domain.keys.table import DeclaredKey, KeyLevels, tables
from scoredock.contrib.pipelines.domain.pipeline import Job, Pipeline, Platform
from scoredock.contrib.pipelines.domain.platforms.stand_ins import STAND_INS, bare_name
from scoredock.contrib.pipelines.domain.values import Fields, Items, Text, Value, YamlPlace

_DIRECTIVE = re.compile(r"^\$\{\{.*\}\}$", re.DOTALL)
"""In the place of a key: what is below it stands beside the others."""
_MERGE = "<<"
"""Of GitLab alone, where it is resolved before."""
OF_ACTION = "with"
"""The level below inputs: that of the action or task, by its name without its version."""
_EXPRESSION = re.compile(r"\$\{\{|\$\(|^\s*\$\[")
_COMMAND = re.compile(r"##vso\[([\w.]+)")
_SAME = re.compile(
    r"|false|0|\.|\./|\*\*"
    r"|\$\{\{\s*github\.(?:ref|ref_name|head_ref|sha|repository|event\.pull_request\.head\.[\w.]+)\s*\}\}",
    re.IGNORECASE,
)
"""Values that ask for nothing but what is so here."""

_PARTS: Mapping[Platform, str] = {"github": "action", "azure": "pipeline", "gitlab": "job"}
"""The level of what a pipeline is put together from."""


class UnreadPlace(NamedTuple):
    """Place in a file that asks for something not done here, and the reason."""

    reason: str
    source: YamlPlace


def unread_of(pipeline: Pipeline) -> tuple[UnreadPlace, ...]:
    """Places of a pipeline, with all that it includes, that are not read, each once."""
    of_steps = (each for job in pipeline.jobs for step in job.steps for each in step.unread)
    places = [UnreadPlace(*each) for each in (*pipeline.unread, *of_steps)]
    if pipeline.platform != "azure" and pipeline.document is not None:
        places += unread_keys(pipeline.document, pipeline.platform)
    for part in pipeline.parts:
        places += unread_keys(part, pipeline.platform, _PARTS[pipeline.platform])
    return tuple(dict.fromkeys(places))


def unread_keys(document: Value, platform: Platform, level: str = "") -> Iterator[UnreadPlace]:
    """The keys of a document, or of a part of one at a level, in their order."""
    levels = tables()[platform]
    return _below(document, levels, level or next(iter(levels)))


def refused_command(line: str, platform: Platform) -> str:
    """Reason why nothing here does what a line of a script asks its platform for; empty if something does,
    or need not.
    """
    match = _COMMAND.search(line)
    declared = tables()[platform].get("commands", {}).get(match.group(1).lower()) if match is not None else None
    if match is None or declared is None or declared.reading != "refused":
        return ""
    return l10n.t("“{key}” is not carried out here. {text}", key=f"{match.group()}]", text=l10n.t(declared.text))


def belongs_to(source: YamlPlace, job: Job) -> bool:
    """True if a place is in a job: in its own lines, in those of a step of it, or in a file that a step is from."""
    parts = (job.source, *(step.source for step in job.steps))
    if any(part.file == source.file and part.line <= source.line <= part.end for part in parts):
        return True
    return source.file != job.source.file and any(part.file == source.file for part in parts)


def _below(value: Value, levels: KeyLevels, level: str) -> Iterator[UnreadPlace]:
    keys = levels[level]
    if isinstance(value, Items):
        for item in value.items:
            yield from _below(item, levels, level)
    elif isinstance(value, Fields):
        for key, inner in value.entries:
            declared = _declared(key.text, keys, level)
            if _DIRECTIVE.match(key.text.strip()):
                yield from _below(inner, levels, level)
            elif places := list(_of_key(key, inner, declared, keys)) or list(_of_others(key, declared, value, levels)):
                yield from places
            elif declared is not None and (below := _level_below(declared, value, inner)) in levels:
                yield from _below(inner, levels, below)


def _declared(key: str, keys: Mapping[str, DeclaredKey], level: str) -> DeclaredKey | None:
    """Names of inputs have no case."""
    if level in STAND_INS:
        key, keys = key.lower(), {name.lower(): each for name, each in keys.items()}
    return keys.get(key) or (keys.get(".*") if key.startswith(".") else None) or keys.get("*")


def _of_key(key: Text, value: Value, declared: DeclaredKey | None, keys: Iterable[str]) -> Iterator[UnreadPlace]:
    if declared is None:
        yield UnreadPlace(_unknown(key.text, keys), key.source)
    elif declared.reading == "refused" and not _is_nothing(value):
        reason = l10n.t("“{key}” is not carried out here. {text}", key=key.text, text=l10n.t(declared.text))
        yield UnreadPlace(reason, key.source)
    elif isinstance(value, Fields) and _MERGE in value.names():
        yield UnreadPlace(_unknown(_MERGE, ()), key.source)
    elif declared.reading != "refused":
        parts = value.items if isinstance(value, Items) else (value,)
        yield from _misfits(key.text, parts, declared, of_list=isinstance(value, Items))


def _of_others(key: Text, declared: DeclaredKey | None, whole: Fields, levels: KeyLevels) -> Iterator[UnreadPlace]:
    """Yields why another key keeps this one from being read. At GitLab the last one of a name counts."""
    if levels is not tables()["gitlab"] and any(
        other is not key and other.text == key.text for other, _ in whole.entries
    ):
        yield UnreadPlace(l10n.t("“{key}” is there more than once.", key=key.text), key.source)
        return
    names = set(whole.names())
    words = declared.beside.split() if declared is not None else []
    instead = [word[1:] for word in words if word.startswith("-") and word[1:] in names]
    listed = ", ".join(f"“{each}”" for each in instead or words)
    if instead:
        yield UnreadPlace(l10n.t("“{key}” is not read beside {names}.", key=key.text, names=listed), key.source)
    elif words and not words[0].startswith("-") and not names & set(words):
        yield UnreadPlace(l10n.t("“{key}” is read only beside {names}.", key=key.text, names=listed), key.source)


def _misfits(key: str, parts: Iterable[Value], declared: DeclaredKey, *, of_list: bool) -> Iterator[UnreadPlace]:
    """Yields parts of a value whose kind no reader takes."""
    for part in parts:
        kind = "text" if isinstance(part, Text) else "mapping" if isinstance(part, Fields) else "list"
        if declared.takes(f"{kind}s" if of_list else kind) or (isinstance(part, Text) and _is_one(part, declared)):
            continue
        if isinstance(part, Text) and _EXPRESSION.search(part.text):
            reason = l10n.t("“{text}” is not carried out here: an expression gives all of it.", text=part.text)
        elif isinstance(part, Text):
            reason = l10n.t("“{key}” has the text “{text}”, which is not read here.", key=key, text=part.text)
        elif isinstance(part, Fields):
            reason = l10n.t("“{key}” has a mapping, which is not read here.", key=key)
        else:
            reason = l10n.t("“{key}” has a list, which is not read here.", key=key)
        yield UnreadPlace(reason, part.source)


def _is_one(text: Text, declared: DeclaredKey) -> bool:
    """True if it is one of the texts that a key may have."""
    is_expression = _EXPRESSION.search(text.text) is not None
    is_number = isinstance(text.value, float)
    return (
        text.is_null
        or (is_expression and declared.takes("expression"))
        or (is_number and declared.takes("number"))
        or declared.takes(f"={text.text.lower()}")
    )


def _level_below(declared: DeclaredKey, value: Fields, inner: Value) -> str:
    """The level of the keys in a value; empty where they are a person's."""
    if declared.below == OF_ACTION:
        return bare_name(value.text("uses") or value.text("task"))
    of_mapping, _, of_items = declared.below.partition("- ")
    return of_items if of_items and isinstance(inner, Items) else of_mapping.strip()


def _is_nothing(value: Value) -> bool:
    """True if a value switches off what its key does."""
    if isinstance(value, Text):
        return value.is_null or _SAME.fullmatch(value.text.strip()) is not None
    parts = value.items if isinstance(value, Items) else [each for _, each in value.entries]
    return all(map(_is_nothing, parts))


def _unknown(key: str, keys: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, keys, 1)
    if near:
        return l10n.t("“{key}” is not a key here; “{near}” is the nearest.", key=key, near=near[0])
    return l10n.t("“{key}” is not a key here.", key=key)
