"""Rules for names, references, labels and filters of models. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from scoredock import l10n
from scoredock.errors import ModelNotFound, ScoredockError
from scoredock.late_dataclass import dataclass

_MODEL_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}")
_UNTIDY = re.compile(r"[^A-Za-z0-9\-._]+")
_DRIVE = re.compile(r"[A-Za-z]:")
_LONGEST_NAME, _LONGEST_PATH = 255, 4096
"""Of a path that somebody packed: bytes of a name, characters of all."""
_REFERENCE = re.compile(r"([a-zA-Z0-9][a-zA-Z0-9\-._]{0,254})(?::([1-9][0-9]{0,9}))?")

FRAMEWORKS = ("Custom", "ScikitLearn", "Onnx", "TensorFlow", "PyTorch", "Multi")
"""The names of Azure ML v1. Other texts are accepted as they are, as the SDK does."""
_FRAMEWORK_SPELLINGS = {name.casefold(): name for name in FRAMEWORKS} | {"tfkeras": "TensorFlow"}

LONGEST_ALIAS = 64
LONGEST_DESCRIPTION = 32_768
LONGEST_FRAMEWORK = 128
LONGEST_KEY = 256
LONGEST_VALUE = 8_192
MOST_LABELS = 256


def require_model_name(name: str) -> None:
    """Raises model-name-invalid."""
    if not _MODEL_NAME.fullmatch(name):
        raise ScoredockError("model-name-invalid", l10n.t("{name} is not a valid model name.", name=printable(name)))


@dataclass(frozen=True, slots=True)
class Reference:
    """Parsed `name`, `name:version` or `name@alias`."""

    name: str
    version: int | None = None
    """None for the newest, or for the one the alias points to."""
    alias: str = ""

    def __str__(self) -> str:
        if self.alias:
            return f"{self.name}@{self.alias}"
        return self.name if self.version is None else f"{self.name}:{self.version}"


def parse_reference(reference: str) -> Reference:
    """Take a reference apart. Raises model-not-found for what is none."""
    match = _REFERENCE.fullmatch(reference)
    if match is not None:
        return Reference(match[1], int(match[2]) if match[2] else None)
    name, at, alias = reference.partition("@")
    if at and _MODEL_NAME.fullmatch(name) and _alias_problem(alias) == "":
        return Reference(name, alias=alias)
    raise ModelNotFound(
        l10n.t("{reference} is not name:version, name@alias or the name of a model.", reference=printable(reference))
    )


def require_alias(alias: str) -> None:
    """1 to 64 printable characters that cannot be taken for a version. Raises alias-invalid."""
    problem = _alias_problem(alias)
    if problem:
        raise ScoredockError(
            "alias-invalid", l10n.t("{alias} cannot be an alias: {problem}.", alias=printable(alias), problem=problem)
        )


def _alias_problem(alias: str) -> str:
    if not 1 <= len(alias) <= LONGEST_ALIAS:
        return l10n.t("it must have 1 to {count} characters", count=LONGEST_ALIAS)
    if not alias.isprintable() or not _storable(alias, lines=False):
        return l10n.t("it has invisible characters")
    if alias != alias.strip():
        return l10n.t("it begins or ends with white space")
    if any(sign in alias for sign in "@:/"):
        return l10n.t("it has one of the characters @ : /")
    if alias.isdecimal():
        return l10n.t("it is a number, which means a version")
    if alias.lower() == "latest":
        return l10n.t("this name always means the newest version")
    return ""


def fit_name(text: str) -> str:
    """Text reduced to what a model name can hold; empty if nothing of it can."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _UNTIDY.sub("-", plain).strip("-._")[:255].strip("-._")


def clean_framework(framework: str, version: str) -> tuple[str, str]:
    """Both without surrounding space, known frameworks in the spelling of v1.

    Raises model-framework-version-alone or model-text-invalid.
    """
    framework, version = framework.strip(), version.strip()
    if version and not framework:
        raise ScoredockError(
            "model-framework-version-alone",
            l10n.t("The framework version {version} was given without a framework.", version=printable(version)),
        )
    for text in (framework, version):
        if len(text) > LONGEST_FRAMEWORK or not _storable(text, lines=False):
            raise ScoredockError(
                "model-text-invalid",
                l10n.t(
                    "{text} is not a framework or its version (at most {limit} plain characters).",
                    text=printable(text),
                    limit=LONGEST_FRAMEWORK,
                ),
            )
    return _FRAMEWORK_SPELLINGS.get(framework.casefold(), framework), version


def require_description(description: str) -> None:
    """Raises model-text-invalid."""
    if len(description) > LONGEST_DESCRIPTION or not _storable(description, lines=True):
        raise ScoredockError(
            "model-text-invalid",
            l10n.t(
                "The description must be plain text of at most {limit:,} characters.",
                limit=LONGEST_DESCRIPTION,
            ),
        )


def require_labels(labels: Mapping[str, str], noun: str) -> None:
    """Tags or properties: few, pairs of text, keys without `=`. Raises model-tags-invalid."""
    if not isinstance(labels, Mapping):
        raise ScoredockError("model-tags-invalid", l10n.t("{noun} must be pairs of text.", noun=noun))
    if len(labels) > MOST_LABELS:
        raise ScoredockError(
            "model-tags-invalid",
            l10n.t(
                "A model version has at most {limit} {noun}; these are {count:,}.",
                limit=MOST_LABELS,
                noun=noun.lower(),
                count=len(labels),
            ),
        )
    for key, value in labels.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise ScoredockError(
                "model-tags-invalid",
                l10n.t("{noun} must be pairs of text; {key} is not.", noun=noun, key=printable(str(key))),
            )
        if not key.strip() or len(key) > LONGEST_KEY or "=" in key or not _storable(key, lines=False):
            raise ScoredockError(
                "model-tags-invalid",
                l10n.t(
                    "{key} is not a valid key: keys are 1 to {limit} characters without '='.",
                    key=printable(key),
                    limit=LONGEST_KEY,
                ),
            )
        if len(value) > LONGEST_VALUE or not _storable(value, lines=True):
            raise ScoredockError(
                "model-tags-invalid",
                l10n.t(
                    "The value of {key} must be plain text of at most {limit:,} characters.",
                    key=printable(key),
                    limit=LONGEST_VALUE,
                ),
            )


@dataclass(frozen=True, slots=True)
class LabelFilter:
    """One condition of a list: the key is there, or it is there with exactly this value."""

    key: str
    value: str | None


def parse_filters(items: Sequence[str]) -> tuple[LabelFilter, ...]:
    """Each item is `key` or `key=value`; all must hold. Raises model-tags-invalid."""
    if isinstance(items, str):
        raise ScoredockError("model-tags-invalid", l10n.t("Filters must be a list of key or key=value."))
    filters = []
    for item in items:
        key, equals, value = item.partition("=")
        if not key.strip():
            raise ScoredockError(
                "model-tags-invalid",
                l10n.t("{item} is not a valid filter; write key or key=value.", item=printable(item)),
            )
        filters.append(LabelFilter(key, value if equals else None))
    return tuple(filters)


def path_clash_key(path: str) -> str:
    """Equal for two stored paths that some file system takes for one: case and Unicode form do not count.

    Paths themselves are stored exactly as they were found, since other files of the model may name them.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def packed_path(name: str) -> tuple[list[str], str]:
    """The parts of a path in an archive or image that anybody may have made, and why it cannot be a path in a model;
    empty where it can."""
    parts = [part for part in name.split("/") if part != "."]
    while parts and not parts[-1]:
        parts.pop()
    return parts, _packed_path_problem(name, parts)


def _packed_path_problem(name: str, parts: list[str]) -> str:
    if name.startswith("/"):
        return l10n.t("its path is absolute")
    if ".." in parts:
        return l10n.t("its path leads out of the model")
    if "" in parts:
        return l10n.t("a part of its path is empty")
    if parts and _DRIVE.match(parts[0]):
        return l10n.t("its path begins with a drive")
    if len(name) > _LONGEST_PATH or any(len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in parts):
        return l10n.t("its name is too long")
    return next((problem for part in parts if (problem := file_name_problem(part))), "")


def file_name_problem(name: str) -> str:
    """Reason why a file or folder name cannot be part of a model, as the end of a sentence; empty when it can."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return l10n.t("its name is not valid UTF-8")
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in name):
        return l10n.t("its name has control or newline characters")
    if any(character in _DIRECTION_MARKS for character in name):
        return l10n.t("its name has characters that change the writing direction")
    if "\\" in name:
        return l10n.t("its name has a backslash, which other systems read as a folder")
    return ""


_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """Any text as one short quoted line: control characters and surrogates escaped, at 80 characters cut in the middle,
    as the end of a path says most."""
    cut = text if len(text) <= 80 else f"{text[:27]}...{text[-50:]}"
    return "'" + "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut) + "'"


def _storable(text: str, *, lines: bool) -> bool:
    allowed = "\t\n\r" if lines else ""
    return all(unicodedata.category(c) not in ("Cc", "Cs") or c in allowed for c in text)


def folded(text: str) -> str:
    """Equal for two texts that differ in case or Unicode form alone."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
