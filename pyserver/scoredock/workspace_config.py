"""The workspace configuration of Azure ML v1: finding a config.json and reading it. Nothing else knows its form."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass

LARGEST = 1 << 20
_FOLDERS = (".azureml", "aml_config")
_FILES = ("config.json", "project.json")
"""The second one is of the first previews."""
_KEYS = ("subscription_id", "resource_group", "workspace_name")
_SCOPE = re.compile(
    r"/subscriptions/(?P<subscription_id>[^/]+)/resourceGroups/(?P<resource_group>[^/]+)"
    r"/providers/Microsoft\.MachineLearning(?:Services|Experimentation/accounts/[^/]+)"
    r"/workspaces/(?P<workspace_name>[^/]+)(?:/projects/[^/]+)?/?",
    re.IGNORECASE,
)
"""The first previews had projects in a workspace, and Workbench of 2018 had workspaces in an account."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,32}")
_FILLED = re.compile(r"[<>{}\[\]$%#]")
"""What a program puts in place of a name, which has none of these."""
PLAIN = re.compile(r"[^\x00-\x1f\x7f/\\]{1,128}")
"""A subscription or a resource group."""


@dataclass(frozen=True, slots=True)
class WorkspaceConfig:
    """A parsed config.json: the identity of a workspace in Azure."""

    subscription_id: str
    resource_group: str
    workspace_name: str
    path: Path
    """The file it was read from, absolute."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Equal for the same workspace: Azure compares these without regard to case."""
        return self.subscription_id.casefold(), self.resource_group.casefold(), self.workspace_name.casefold()


def read_config(path: Path) -> WorkspaceConfig:
    """Reads a workspace configuration of any name.

    Raises workspace-config-missing, file-unreadable, or workspace-config-invalid with the line.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 (resolve() would follow links)
    text = _text(path)
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise _invalid(
            path,
            l10n.t("{path} is not valid JSON: {reason}.", path=path, reason=error.msg),
            error.lineno - 1,
            error.colno - 1,
        ) from error
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, brackets without end
        raise _invalid(path, l10n.t("{path} is not valid JSON.", path=path), 0, 0) from error
    if not isinstance(raw, dict):
        raise _invalid(path, l10n.t("{path} must contain a JSON object.", path=path), 0, 0)
    scope = raw.get("Scope")
    if isinstance(scope, str) and not any(key in raw for key in _KEYS):
        match = _SCOPE.fullmatch(scope)
        if match is None:
            raise _invalid(
                path, l10n.t("The Scope in {path} is not that of a workspace.", path=path), *_position(text, "Scope")
            )
        raw = match.groupdict()
    missing = [key for key in _KEYS if key not in raw]
    if missing:
        raise _invalid(path, l10n.t("{path} has no {keys}.", path=path, keys=" and ".join(missing)), 0, 0)
    for key in _KEYS:
        if not isinstance(raw[key], str) or not _is_valid(key, raw[key].strip()):
            raise _wrong_name(path, key, raw[key], _position(text, key))
    values = {key: raw[key].strip() for key in _KEYS}
    if bool(values["subscription_id"]) != bool(values["resource_group"]):
        key = "resource_group" if values["subscription_id"] else "subscription_id"
        raise _invalid(path, l10n.t("The {key} in {path} is not valid.", key=key, path=path), *_position(text, key))
    return WorkspaceConfig(**values, path=path)


def _is_valid(key: str, value: str) -> bool:
    """`Workspace.write_config` leaves subscription and resource group empty for a workspace that was made here."""
    return bool(NAME.fullmatch(value)) if key == "workspace_name" else not value or bool(PLAIN.fullmatch(value))


def find_config(start: Path, name: str = "") -> Path | None:
    """The configuration that `Workspace.from_config` finds from a folder or file upwards: the nearest in `.azureml`,
    however far above, before one in `aml_config`, and that before a plain one, which counts only when it has the keys
    of a workspace, as its name is common. `name` is that of another file. Never raises.
    """
    start = Path(os.path.abspath(start))  # noqa: PTH100 (resolve() would follow links)
    # os.path answers False where Path raises, as for a folder that may not be looked into.
    folders = (start, *start.parents) if os.path.isdir(start) else tuple(start.parents)  # noqa: PTH112
    for below in (*_FOLDERS, ""):
        for file in (name,) if name else _FILES:
            for candidate in (folder / below / file for folder in folders):
                if os.path.isfile(candidate) and (below or name or _is_workspace_config(candidate)):  # noqa: PTH113
                    return candidate
    return None


def write_config_file(folder: Path, config: WorkspaceConfig) -> Path:
    """Writes `.azureml/config.json` there, as `Workspace.write_config` does; gives its path.

    Raises workspace-config-exists where a script would find another one in this folder, and OSError as it comes.
    """
    existing_path = find_config(folder)
    path = folder / ".azureml" / "config.json"
    if (existing_path is not None and config_folder(existing_path) == folder) or path.exists():
        raise ScoredockError(
            "workspace-config-exists",
            l10n.t("{path} is there already.", path=existing_path or path),
            place=Place(str(existing_path or path)),
        )
    identity = {each: getattr(config, each) for each in _KEYS}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(identity, indent=4) + "\n", encoding="utf-8")
    return path


def config_folder(config: Path) -> Path:
    """The folder whose configuration a file is."""
    above = config.parent
    return above.parent if above.name in _FOLDERS else above


def _is_workspace_config(path: Path) -> bool:
    """True if it has the keys of a workspace, whatever their values; a list of such an object is meant as one, and so
    is a text with the keys that is not JSON."""
    try:
        text = _text(path)
    except ScoredockError:
        return False
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return all(f'"{key}"' in text for key in _KEYS)
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if not isinstance(raw, dict):
        return False
    return str(raw.get("Scope", "")).startswith("/subscriptions/") or all(key in raw for key in _KEYS)


def _text(path: Path) -> str:
    place = Place(str(path))
    try:
        if not path.exists():
            raise ScoredockError(
                "workspace-config-missing",
                l10n.t("There is no workspace configuration {path}.", path=path),
                place=place,
            )
        if not path.is_file():
            raise _invalid(path, l10n.t("{path} is not a regular file.", path=path), None, None)
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise ScoredockError(
            "file-unreadable",
            l10n.t("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror),
            place=place,
        ) from error
    except ValueError as error:
        raise ScoredockError("file-unreadable", l10n.t("{path} is not a path.", path=path), place=place) from error
    if len(content) > LARGEST:
        raise _invalid(path, l10n.t("{path} is too large for a workspace configuration.", path=path), None, None)
    if content.isascii():
        return content.decode()
    from scoredock.file_text import file_text

    read = file_text(content, str(path))
    if read.encoding.is_readable:
        return read.text
    message = l10n.t("{path} cannot be read: {reason}.", path=path, reason=read.fault)
    raise _invalid(path, message, read.encoding.line, None)


def _position(text: str, key: str) -> tuple[int, int]:
    """Line and column of a key, as near as a search tells."""
    offset = max(text.find(f'"{key}"'), 0)
    before = text[:offset]
    return before.count("\n"), offset - (before.rfind("\n") + 1)


def _invalid(path: Path, message: str, line: int | None, character: int | None) -> ScoredockError:
    return ScoredockError("workspace-config-invalid", message, place=Place(str(path), line, character))


def _wrong_name(path: Path, key: str, value: object, position: tuple[int, int]) -> ScoredockError:
    from scoredock.formats.placeholders import is_left_open

    if not isinstance(value, str) or not (is_left_open(value) or _FILLED.search(value)):
        return _invalid(path, l10n.t("The {key} in {path} is not valid.", key=key, path=path), *position)
    return ScoredockError(
        "workspace-config-invalid",
        l10n.t("The {key} in {path} is still to be filled in: “{value}”.", key=key, path=path, value=value[:100]),
        place=Place(str(path), *position),
        details={"placeholder": value[:100] or " "},
    )
