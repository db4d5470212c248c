"""The JSON of a manifest: everything that the rows hold of one version, or of one name.

Format 1 is what release 0.1.0 wrote: a version as it was registered, without digest, metadata and trash. It is read for
ever. Format 2 holds all of it, and `edition`, the number of changes since the registration, which the row counts as
well: so a manifest that is older or newer than its row is not taken for a damaged one. Its `checksum` is over all the
rest: a bit that turned in a description or a number leaves good JSON, and must not be believed before a row that is
whole.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.registry.blobs.hashing import version_digest
from scoredock.registry.records import AliasMove, AssetRecord, ModelFile, ModelVersion
from scoredock.registry.store import rows

FORMAT = 2
MODEL = "model"
ASSET_KINDS = ("dataset", "environment", "image")
_CHECKSUM = "checksum"
_KEYS = frozenset(
    (
        "format",
        "kind",
        "edition",
        "name",
        "version",
        "description",
        "tags",
        "created",
        "createdBy",
        "deleted",
        "properties",
        "framework",
        "frameworkVersion",
        "isFolder",
        "digest",
        "runId",
        "experiment",
        "pickle",
        "consent",
        "metadata",
        "folders",
        "content",
        "files",
        "lastVersion",
        "favourite",
        "aliases",
        "aliasHistory",
    )
)
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PICKLES = ("none", "known", "unknown", "code", "bad", "unread")


@dataclass(frozen=True, slots=True)
class VersionManifest:
    """Manifest of one version."""

    format: int
    edition: int
    record: ModelVersion | AssetRecord
    sound: bool = True
    """Whether it has no checksum, or the right one."""


@dataclass(frozen=True, slots=True)
class NameManifest:
    """Manifest of one name: all that no version of it holds."""

    kind: str
    name: str
    edition: int
    last_version: int
    """No number up to this is given again."""
    aliases: Mapping[str, int]
    history: tuple[AliasMove, ...]
    """Oldest first."""
    favourite: bool
    sound: bool = True


class NewerManifest(ValueError):
    """A newer program wrote it; this one must leave it alone."""


def version_to_json(record: ModelVersion | AssetRecord, edition: int) -> str:
    """Everything of a version but its aliases, which belong to the name."""
    fields: dict[str, object] = {
        "format": FORMAT,
        "kind": MODEL if isinstance(record, ModelVersion) else record.kind,
        "edition": edition,
        "name": record.name,
        "version": record.version,
        "description": record.description,
        "tags": dict(record.tags),
        "created": record.created,
        "createdBy": record.created_by,
        "deleted": record.deleted,
    }
    if isinstance(record, ModelVersion):
        fields |= {
            "properties": dict(record.properties),
            "framework": record.framework,
            "frameworkVersion": record.framework_version,
            "isFolder": record.is_folder,
            "digest": record.digest,
            "runId": record.run_id,
            "experiment": record.experiment,
            "pickle": record.pickle,
            "consent": record.consent,
            "metadata": json.loads(rows.metadata_to_json(record.metadata)),
            "folders": list(record.folders),
        }
    else:
        fields["content"] = dict(record.content)
    fields["files"] = [{"path": file.path, "size": file.size, "sha256": file.sha256} for file in record.files]
    return _with_checksum(fields)


def name_to_json(manifest: NameManifest) -> str:
    """The file of a name."""
    raw: dict[str, object] = {
        "format": FORMAT,
        "kind": manifest.kind,
        "edition": manifest.edition,
        "name": manifest.name,
        "lastVersion": manifest.last_version,
    }
    if manifest.kind == MODEL:
        raw |= {
            "favourite": manifest.favourite,
            "aliases": dict(manifest.aliases),
            "aliasHistory": [
                {
                    "alias": move.alias,
                    "version": move.version,
                    "previous": move.previous,
                    "changed": move.changed,
                    "changedBy": move.changed_by,
                    "kind": move.kind,
                }
                for move in manifest.history
            ],
        }
    return _with_checksum(raw)


def _with_checksum(document: dict[str, object]) -> str:
    return json.dumps({**document, _CHECKSUM: _checksum(document)}, ensure_ascii=False, indent=1)


def _checksum(document: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _is_sound(raw: Mapping[str, object]) -> bool:
    if _CHECKSUM not in raw:
        # Written before there was one, or its own name is what was damaged.
        return raw.keys() <= _KEYS
    return raw[_CHECKSUM] == _checksum({key: value for key, value in raw.items() if key != _CHECKSUM})


def version_from_json(text: str) -> VersionManifest:
    """Raises ValueError when the text is not the manifest of a version, NewerManifest when a newer program wrote it."""
    try:
        raw = _object(text)
        if raw["format"] == 1:
            return VersionManifest(1, 0, _first_format(raw))
        kind = raw["kind"]
        record = _model(raw) if kind == MODEL else _asset(raw, _one_of(kind, ASSET_KINDS))
        return VersionManifest(FORMAT, _number(raw["edition"], 0), record, _is_sound(raw))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a manifest: {type(error).__name__} {error}") from error


def name_from_json(text: str) -> NameManifest:
    """Raises ValueError when the text is not the file of a name, NewerManifest when a newer program wrote it."""
    try:
        raw = _object(text)
        name = _name(raw["name"])
        return NameManifest(
            kind=_one_of(raw["kind"], (MODEL, *ASSET_KINDS)),
            name=name,
            edition=_number(raw["edition"], 0),
            last_version=_number(raw["lastVersion"], 0),
            aliases={_text(alias): _number(version, 1) for alias, version in raw.get("aliases", {}).items()},
            history=tuple(_move(name, move) for move in raw.get("aliasHistory", ())),
            favourite=bool(raw.get("favourite", False)),
            sound=_is_sound(raw),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not the file of a name: {type(error).__name__} {error}") from error


def _move(name: str, raw: Mapping[str, Any]) -> AliasMove:
    return AliasMove(
        name,
        _text(raw["alias"]),
        None if raw["version"] is None else _number(raw["version"], 1),
        None if raw["previous"] is None else _number(raw["previous"], 1),
        _time(raw["changed"]),
        _text(raw["changedBy"]),
        _one_of(raw["kind"], ("move", "return", "purge")),
    )


def _object(text: str) -> dict[str, Any]:
    raw = json.loads(text)
    if not isinstance(raw, dict):
        raise ValueError(l10n.t("it contains no JSON object"))
    format = raw["format"]
    if isinstance(format, int) and format > FORMAT:
        raise NewerManifest(l10n.t("it was written by a newer Scoredock (format {format})", format=format))
    if format not in (1, FORMAT):
        raise ValueError(l10n.t("its format {format} is not known", format=format))
    return raw


def _first_format(raw: Mapping[str, Any]) -> ModelVersion:
    files = _files(raw["files"])
    return ModelVersion(
        **_common(raw),
        properties=_labels(raw["properties"]),
        framework=_text(raw["framework"]),
        framework_version=_text(raw["frameworkVersion"]),
        is_folder=bool(raw["isFolder"]),
        size=sum(file.size for file in files),
        file_count=len(files),
        digest=version_digest(files, ()),
        pickle="unread",
        files=files,
    )


def _model(raw: Mapping[str, Any]) -> ModelVersion:
    files = _files(raw["files"])
    folders = tuple(sorted(_text(path) for path in raw["folders"]))
    digest = version_digest(files, folders)
    if raw["digest"] != digest:
        raise ValueError(l10n.t("its files do not match the digest that it names"))
    return ModelVersion(
        **_common(raw),
        properties=_labels(raw["properties"]),
        framework=_text(raw["framework"]),
        framework_version=_text(raw["frameworkVersion"]),
        is_folder=bool(raw["isFolder"]),
        size=sum(file.size for file in files),
        file_count=len(files),
        digest=digest,
        run_id=_text(raw["runId"]),
        experiment=_text(raw["experiment"]),
        pickle=_one_of(raw["pickle"], _PICKLES),
        deleted=None if raw["deleted"] is None else _time(raw["deleted"]),
        files=files,
        folders=folders,
        metadata=rows.metadata_from_json(json.dumps(raw["metadata"])),
        consent=_text(raw["consent"]),
    )


def _asset(raw: Mapping[str, Any], kind: str) -> AssetRecord:
    content = raw["content"]
    if not isinstance(content, dict):
        raise ValueError(l10n.t("its content is not a JSON object"))
    return AssetRecord(
        kind=kind,
        **_common(raw),
        content=content,
        files=_files(raw["files"]),
        deleted=None if raw["deleted"] is None else _time(raw["deleted"]),
    )


def _common(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": _name(raw["name"]),
        "version": _number(raw["version"], 1),
        "description": _text(raw["description"]),
        "tags": _labels(raw["tags"]),
        "created": _time(raw["created"]),
        "created_by": _text(raw["createdBy"]),
    }


def _files(raw: Iterable[Mapping[str, Any]]) -> tuple[ModelFile, ...]:
    files = [ModelFile(_text(file["path"]), _number(file["size"], 0), _text(file["sha256"])) for file in raw]
    for file in files:
        if not _DIGEST.fullmatch(file.sha256):
            raise ValueError(l10n.t("“{digest}” is not a digest", digest=file.sha256))
    if len({file.path for file in files}) != len(files):
        raise ValueError(l10n.t("it names a path twice"))
    return tuple(sorted(files, key=lambda file: file.path))


def _labels(raw: Mapping[str, Any]) -> dict[str, str]:
    return {_text(key): _text(value) for key, value in raw.items()}


def _name(value: object) -> str:
    text = _text(value)
    if not _NAME.fullmatch(text):
        raise ValueError(l10n.t("“{text}” is not a name", text=text[:80]))
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(l10n.t("“{text}” is not text", text=value))
    value.encode()  # halves of characters are ValueErrors
    return value


def _number(value: object, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 1 << 62:
        raise TypeError(l10n.t("“{text}” is not a number", text=value))
    return value


def _time(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        raise TypeError(l10n.t("“{text}” is not a time", text=value))
    return float(value)


def _one_of(value: object, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(l10n.t("“{text}” is not one of {choices}", text=value, choices=", ".join(allowed)))
    return str(value)
