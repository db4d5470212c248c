"""Kubeconfig files as kubectl reads them: several become one, the first to say something wins. Nothing is run here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

import yaml

from scoredock import l10n
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ClusterConfigInvalid, Place
from scoredock.late_dataclass import dataclass

_CLUSTER_FILES = ("certificate-authority",)
_USER_FILES = ("client-certificate", "client-key", "tokenFile")


@dataclass(frozen=True, slots=True)
class ContextInfo:
    """A context of the kubeconfig files, to choose from."""

    name: str
    server: str
    """Address of the API server; empty where the file does not say it."""
    namespace: str
    """`default` where the context names none."""
    user: str
    exec_program: str
    """The program that logs in (`kubelogin`, an absolute path); empty for none."""
    file: str
    """Absolute path of the file that has the context."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Cluster and user that one context selects. Files that it names have absolute paths."""

    context: str
    file: Path
    cluster: Mapping[str, Any] = field(repr=False)
    user: Mapping[str, Any] = field(repr=False)
    """With tokens and keys, perhaps."""
    user_folder: Path
    """Of the file that has the user. Its program runs there: kubectl runs it wherever somebody happens to be, so that a
    file which an argument names relatively would be another one in each folder, in an editor and by cron."""
    stamp: tuple[tuple[str, int, int], ...]
    """Tells a later state of the files from this one."""

    @property
    def server(self) -> str:
        return str(self.cluster["server"]).rstrip("/")


@dataclass(slots=True)
class _Merged:
    contexts: dict[str, tuple[Mapping[str, Any], Path]] = field(default_factory=dict)
    clusters: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    users: dict[str, tuple[Mapping[str, Any], Path]] = field(default_factory=dict)


def contexts(kubeconfig: str = "") -> list[ContextInfo]:
    """All contexts of the files. Raises ScoredockError `cluster-config-invalid`."""
    merged = _merged(_files(kubeconfig))
    return [_info(name, *merged.contexts[name], merged) for name in sorted(merged.contexts)]


def _info(name: str, context: Mapping[str, Any], file: Path, merged: _Merged) -> ContextInfo:
    cluster = merged.clusters.get(str(context.get("cluster")), {})
    user = str(context.get("user") or "")
    login = merged.users[user][0].get("exec") if user in merged.users else None
    program = str(login.get("command") or "") if isinstance(login, dict) else ""
    server, namespace = str(cluster.get("server") or ""), str(context.get("namespace") or "default")
    return ContextInfo(name, server, namespace, user, program, str(file))


def select(place: ClusterPlace) -> Selection:
    """The cluster and the user of a context. Raises ScoredockError `cluster-config-invalid`."""
    files = _files(place.kubeconfig)
    stamp = _stamp(files)
    merged = _merged(files)
    if place.context not in merged.contexts:
        there = ", ".join(sorted(merged.contexts)) or l10n.t("none")
        raise ClusterConfigInvalid(
            l10n.t(
                "{files} has no context “{context}”; there are: {contexts}.",
                files=_titles(files),
                context=place.context,
                contexts=there,
            ),
            place=Place(str(files[0])),
            details={"contexts": sorted(merged.contexts)},
        )
    context, file = merged.contexts[place.context]
    cluster = merged.clusters.get(str(context.get("cluster")))
    if cluster is None or not str(cluster.get("server") or "").startswith(("https://", "http://")):
        raise _incomplete(file, place.context, l10n.t("the address of its cluster"))
    if (name := str(context.get("user") or "")) not in merged.users:
        raise _incomplete(file, place.context, l10n.t("its user"))
    user, user_file = merged.users[name]
    if user.get("exec") and not _is_login(user["exec"]):
        raise _incomplete(file, place.context, l10n.t("a program that can be run to sign in"))
    return Selection(place.context, file, cluster, user, user_file.absolute().parent, stamp)


def stamp_of(kubeconfig: str) -> tuple[tuple[str, int, int], ...]:
    """Same as `Selection.stamp`, for the files as they are now."""
    return _stamp(_candidates(kubeconfig))


def _is_login(login: object) -> bool:
    """True if it is a program with arguments and variables, as a system takes them."""
    if not isinstance(login, dict):
        return False
    words, variables = login.get("args") or [], login.get("env") or []
    if not isinstance(words, list) or not isinstance(variables, list):
        return False
    names = [each.get("name") if isinstance(each, dict) else None for each in variables]
    if not all(isinstance(each, str) and each and "=" not in each for each in names):
        return False
    values = [each.get("value", "") for each in variables]
    texts = [login.get("command"), *words, *names, *values]
    return bool(login.get("command")) and all(isinstance(each, str) and _is_word(each) for each in texts)


def _is_word(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def _incomplete(file: Path, context: str, what: str) -> ClusterConfigInvalid:
    return ClusterConfigInvalid(
        l10n.t("{file}: the context “{context}” lacks {what}.", file=file, context=context, what=what),
        place=Place(str(file)),
    )


def unusable(selection: Selection, reason: str) -> ClusterConfigInvalid:
    """The error of a context by which nobody can log in."""
    return ClusterConfigInvalid(
        l10n.t(
            "{file}: the context “{context}” cannot be used: {reason}.",
            file=selection.file,
            context=selection.context,
            reason=reason,
        ),
        place=Place(str(selection.file)),
    )


def _candidates(kubeconfig: str) -> list[Path]:
    if kubeconfig:
        return [Path(kubeconfig)]
    named = [each for each in os.environ.get("KUBECONFIG", "").split(os.pathsep) if each]
    return [Path(each).absolute() for each in dict.fromkeys(named)] or [Path.home() / ".kube" / "config"]


def _files(kubeconfig: str) -> list[Path]:
    """Those that are there: kubectl passes over others, too, unless there are none."""
    candidates = _candidates(kubeconfig)
    files = [each for each in candidates if each.exists()]
    if not files:
        raise ClusterConfigInvalid(
            l10n.t("There is no kubeconfig file {files}.", files=_titles(candidates)), place=Place(str(candidates[0]))
        )
    return files


def _titles(files: list[Path]) -> str:
    return os.pathsep.join(map(str, files))


def _stamp(files: list[Path]) -> tuple[tuple[str, int, int], ...]:
    stamps = []
    for file in files:
        try:
            status = file.stat()
            stamps.append((str(file), status.st_mtime_ns, status.st_size))
        except OSError:
            continue
    return tuple(stamps)


def _merged(files: list[Path]) -> _Merged:
    merged = _Merged()
    for file in files:
        content = _read(file)
        for name, value in _entries(content, "contexts", "context", file):
            merged.contexts.setdefault(name, (value, file))
        for name, value in _entries(content, "clusters", "cluster", file):
            merged.clusters.setdefault(name, _absolute(value, _CLUSTER_FILES, file))
        for name, value in _entries(content, "users", "user", file):
            merged.users.setdefault(name, (_user(value, file), file))
    return merged


def _read(file: Path) -> Mapping[str, Any]:
    # What YAML says of a mistake quotes the line, which may be a token.
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line if mark is not None else 0
        raise ClusterConfigInvalid(
            l10n.t("{file} is not valid YAML (line {line}).", file=file, line=line + 1), place=Place(str(file), line)
        ) from None
    except (ValueError, yaml.YAMLError):
        raise ClusterConfigInvalid(l10n.t("{file} is not valid YAML.", file=file), place=Place(str(file))) from None
    except OSError as error:
        raise ClusterConfigInvalid(
            l10n.t("{file} cannot be read: {reason}.", file=file, reason=error.strerror), place=Place(str(file))
        ) from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ClusterConfigInvalid(l10n.t("{file} is not a kubeconfig file.", file=file), place=Place(str(file)))
    return content


def _entries(content: Mapping[str, Any], part: str, key: str, file: Path) -> list[tuple[str, Mapping[str, Any]]]:
    entries = content.get(part) or []
    try:
        return [(str(each["name"]), dict(each[key] or {})) for each in entries]
    except (TypeError, KeyError, ValueError):
        raise ClusterConfigInvalid(
            l10n.t(
                "{file}: “{part}” must be a list of entries with “name” and “{key}”.", file=file, part=part, key=key
            ),
            place=Place(str(file)),
        ) from None


def _user(value: Mapping[str, Any], file: Path) -> Mapping[str, Any]:
    user = dict(_absolute(value, _USER_FILES, file))
    login = user.get("exec")
    if isinstance(login, dict) and isinstance(command := login.get("command"), str) and _is_relative(command):
        user["exec"] = {**login, "command": str(file.absolute().parent / command)}
    return user


def _is_relative(command: str) -> bool:
    """A bare name is looked for on PATH."""
    return (os.sep in command or "/" in command) and not Path(command).is_absolute()


def _absolute(value: Mapping[str, Any], keys: tuple[str, ...], file: Path) -> Mapping[str, Any]:
    """Files lie relative to the file that names them."""
    files = {key: str(file.absolute().parent / str(value[key])) for key in keys if value.get(key)}
    return {**value, **files}
