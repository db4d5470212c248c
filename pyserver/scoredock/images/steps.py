"""A person's own Dockerfile text: which instructions it holds, and the files it copies. Pure but for reading those
files."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.images.ignoring import Ignored, ignored
from scoredock.images.members import LayerMember, digest_of, text, with_folders
from scoredock.late_dataclass import dataclass

_ALLOWED = frozenset(
    {"ADD", "ARG", "COPY", "ENV", "EXPOSE", "LABEL", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
_REFUSED: dict[str, Callable[[], str]] = {
    "FROM": lambda: l10n.t("FROM cannot be used in extraDockerfileSteps: the environment names the base image"),
    "CMD": lambda: l10n.t("CMD cannot be used in extraDockerfileSteps: the image starts the scoring runtime"),
    "ENTRYPOINT": lambda: l10n.t(
        "ENTRYPOINT cannot be used in extraDockerfileSteps: the image starts the scoring runtime"
    ),
    "HEALTHCHECK": lambda: l10n.t(
        "HEALTHCHECK cannot be used in extraDockerfileSteps: Scoredock checks the health of the service itself"
    ),
    "ONBUILD": lambda: l10n.t("ONBUILD cannot be used in extraDockerfileSteps: no other image is built on this one"),
    "MAINTAINER": lambda: l10n.t("MAINTAINER cannot be used in extraDockerfileSteps: use LABEL instead"),
}
_MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, its continuation lines joined as they were."""

    name: str
    text: str
    """All of it, as it was written."""
    line: int
    """Zero-based."""


@dataclass(frozen=True, slots=True)
class BuildContext:
    """Files and steps of a build."""

    members: tuple[LayerMember, ...]
    key: str
    """Digest of the text and the files; 24 hex digits."""
    images: tuple[str, ...] = ()
    """Names of images that the build takes something from, as far as the text tells them."""
    steps: tuple[Instruction, ...] = ()
    """Those of a person, in order."""
    generated: int = 0
    """How many steps come before them that nobody wrote."""


def instructions(lines: Sequence[str], source: str) -> list[Instruction]:
    """The instructions of a text, each of a known name. Raises ScoredockError `image-steps-invalid` with the line."""
    steps: list[Instruction] = []
    pending_lines: list[str] = []
    first = 0
    for number, line in enumerate(line for each in lines for line in each.splitlines()):
        if not pending_lines and (not line.strip() or line.lstrip().startswith("#")):
            continue
        if not pending_lines:
            first = number
        pending_lines.append(line)
        if line.rstrip().endswith("\\") or (pending_lines[1:] and line.lstrip().startswith("#")):
            continue
        steps.append(_instruction("\n".join(pending_lines), first, source))
        pending_lines = []
    if pending_lines:
        steps.append(_instruction("\n".join(pending_lines).rstrip().rstrip("\\"), first, source))
    return steps


def steps_context(base: str, lines: Sequence[str], source: str, folder: Path | None) -> BuildContext:
    """The context of steps on top of a base image; COPY and ADD take files of `folder`.

    Raises ScoredockError `image-steps-invalid`, `file-not-found`.
    """
    steps = instructions(lines, source)
    for instruction in steps:
        if why := _REFUSED.get(instruction.name):
            raise _invalid(why(), source, instruction.line)
        if instruction.name not in _ALLOWED:
            raise _invalid(_no_instruction(instruction.name[:40]), source, instruction.line)
    dockerfile = "\n".join([f"FROM {base}", "USER root", *(each.text for each in steps)]) + "\n"
    return replace(_context(dockerfile, steps, source, folder), generated=2)


def dockerfile_context(dockerfile: str, source: str, folder: Path | None) -> BuildContext:
    """The context of a whole Dockerfile, which is passed on as it is. Raises as `steps_context`."""
    steps = instructions([dockerfile], source)
    if not any(each.name == "FROM" for each in steps):
        raise _invalid(l10n.t("baseDockerfile has no FROM"), source, None)
    return _context(dockerfile, steps, source, folder)


def kept_context(dockerfile: str, files: Sequence[str], source: str) -> BuildContext:
    """The same with the files that were kept for it. Raises ScoredockError `image-steps-invalid`."""
    steps = instructions([dockerfile], source)
    members = {"Dockerfile": text("Dockerfile", dockerfile)}
    for each in files:
        mode, place, name = each.split("\t", 2)
        path = Path(place)
        members.setdefault(name, LayerMember(name, path, path.stat().st_size, 0o755 if mode == "x" else 0o644))
    return _whole([*members.values()], steps)


def _context(dockerfile: str, steps: Sequence[Instruction], source: str, folder: Path | None) -> BuildContext:
    members = [text("Dockerfile", dockerfile)]
    for instruction in steps:
        if instruction.name in ("ADD", "COPY"):
            members += _copied(instruction, source, folder)
    return _whole(members, steps)


def _whole(members: Sequence[LayerMember], steps: Sequence[Instruction]) -> BuildContext:
    whole = with_folders(members, "")
    return BuildContext(
        tuple(whole), hashlib.sha256(digest_of(whole).encode()).hexdigest()[:24], tuple(_images(steps)), tuple(steps)
    )


def _images(steps: Sequence[Instruction]) -> list[str]:
    """Images that FROM, `COPY --from` and `RUN --mount=from=` name; stages of the same text are not images."""
    arguments: dict[str, str] = {}
    stages, images = {"scratch"}, []
    for instruction in steps:
        rest = re.sub(r"\\\r?\n", " ", instruction.text).strip()[len(instruction.name) :].strip()
        named = re.findall(r"--from=(\S+)", rest) if instruction.name in ("ADD", "COPY") else []
        if instruction.name == "ARG" and (default := re.match(r"(\w+)=[\"']?([^\s\"']*)", rest)):
            arguments[default.group(1)] = default.group(2)
        elif instruction.name == "RUN":
            named = [
                each for mount in re.findall(r"--mount=(\S+)", rest) for each in re.findall(r"\bfrom=([^,\s]+)", mount)
            ]
        elif instruction.name == "FROM":
            words = [word for word in rest.split() if not word.startswith("--")]
            named = words[:1]
        for name in named:
            whole = re.sub(r"\$(?:(\w+)|\{(\w+)[^}]*\})", lambda each: arguments.get(each[1] or each[2], each[0]), name)
            if (
                whole.lower() not in stages
                and not whole.isdecimal()
                and not whole.startswith("sha256:")
                and "$" not in whole
            ):
                images.append(whole)
        if instruction.name == "FROM" and len(words) > 2 and words[1].upper() == "AS":
            stages.add(words[2].lower())
    return list(dict.fromkeys(images))


def _instruction(text: str, line: int, source: str) -> Instruction:
    name = re.match(r"\s*([A-Za-z]+)(?:\s|$)", text)
    if name is None:
        raise _invalid(_no_instruction(text.strip()[:60]), source, line)
    if re.search(r"<<-?['\"]?\w", text) and name.group(1).upper() in ("RUN", "COPY", "ADD"):
        raise _invalid(l10n.t("Here-documents are not supported"), source, line)
    return Instruction(name.group(1).upper(), text, line)


def _copied(instruction: Instruction, source: str, folder: Path | None) -> list[LayerMember]:
    """The files that an ADD or COPY names."""
    rest = re.sub(r"\\\n", " ", instruction.text).strip()[len(instruction.name) :].strip()
    options: list[str] = []
    while found := re.match(r"(--[a-z]+(?:=\S+)?)\s+", rest):
        options.append(found.group(1))
        rest = rest[found.end() :]
    if any(option.startswith("--from") for option in options):
        return []
    try:
        words = json.loads(rest) if rest.startswith("[") else shlex.split(rest)
    except ValueError:
        words = None
    if not isinstance(words, list) or len(words) < 2 or not all(isinstance(word, str) for word in words):
        message = l10n.t("{instruction} has no source and target", instruction=instruction.name)
        raise _invalid(message, source, instruction.line)
    members: list[LayerMember] = []
    for word in words[:-1]:
        if instruction.name == "ADD" and re.match(r"https?://", word):
            continue
        if folder is None:
            message = l10n.t("“{step}” has no folder to copy from", step=f"{instruction.name} {word}")
            raise _invalid(message, source, instruction.line)
        members += _named(word, folder, instruction, source)
    return members


def _named(word: str, folder: Path, instruction: Instruction, source: str) -> list[LayerMember]:
    path = PurePosixPath(word.lstrip("/"))
    step = f"{instruction.name} {word}"
    outside = l10n.t("“{step}” refers to a place outside the folder {folder}", step=step, folder=folder)
    if ".." in path.parts:
        raise _invalid(outside, source, instruction.line)
    root = folder.resolve()
    rules = ignored(root)
    found = [root] if str(path) == "." else sorted(root.glob(str(path)))
    members: list[LayerMember] = []
    for each in found:
        if not each.resolve().is_relative_to(root):
            raise _invalid(outside, source, instruction.line)
        members += _files(each, root, rules)
    if not members:
        raise ScoredockError(
            "file-not-found",
            l10n.t(
                "“{step}”: the file does not exist in {folder}, or it is left out of images.",
                step=step,
                folder=folder,
            ),
            place=Place(source, instruction.line) if Path(source).is_absolute() else None,
        )
    if len(members) > _MOST_FILES:
        message = l10n.t("“{step}” copies more than {limit:,} files", step=step, limit=_MOST_FILES)
        raise _invalid(message, source, instruction.line)
    return members


def _files(path: Path, root: Path, rules: Ignored) -> list[LayerMember]:
    """The file, or what lies below the folder; links are not followed, as they may lead out of it."""
    members: list[LayerMember] = []
    if path.is_symlink():
        return members
    name = path.relative_to(root)
    if path.is_file():
        if not rules.leaves_out(PurePosixPath(name.as_posix())):
            status = path.stat()
            members.append(
                LayerMember(name.as_posix(), path, status.st_size, 0o755 if status.st_mode & 0o100 else 0o644)
            )
        return members
    for each in sorted(path.iterdir()) if path.is_dir() else ():
        out = rules.leaves_out(PurePosixPath(each.relative_to(root).as_posix()))
        if len(members) <= _MOST_FILES and (not out or (rules.brings_back and each.is_dir())):
            members += _files(each, root, rules)
    return members


def _invalid(what: str, source: str, line: int | None) -> ScoredockError:
    place = Place(source, line) if Path(source).is_absolute() else None
    if line is None:
        return ScoredockError("image-steps-invalid", l10n.t("{problem}.", problem=what), place=place)
    message = l10n.t("{problem} (line {line}).", problem=what, line=line + 1)
    return ScoredockError("image-steps-invalid", message, place=place)


def _no_instruction(text: str) -> str:
    return l10n.t("`{text}` is not a Dockerfile instruction", text=text)
