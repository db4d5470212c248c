"""Base of the image of a packaged folder: an image by its name, or a Dockerfile of the person's own."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from scoredock import l10n
from scoredock.errors import Place, ScoredockError
from scoredock.formats.image_reference import is_image_reference
from scoredock.images.members import LayerMember
from scoredock.images.steps import Instruction, dockerfile_context, instructions, kept_context, steps_context
from scoredock.late_dataclass import dataclass
from scoredock.packaging.texts import require_image, require_steps

BASE_FILES = "base"
"""Folder of a package for the files that the person's own instructions copy: no name of theirs meets one of ours."""
DOCKERFILE = "baseDockerfile"
"""What a base is called that has no name."""
_STAGE = "scoredock-base"
_OPTIONS = frozenset({"--chown", "--chmod", "--link", "--checksum"})
"""Of COPY and ADD: those whose meaning does not depend on where a file lies in the context."""
_OPTION = re.compile(r"(--[a-z]+(?:=\S+)?)\s+")
_ODD = re.compile("[\r\0\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_DIRECTIVE = re.compile(r"#\s*(\w+)\s*=\s*(\S.*)")
_MOUNT = re.compile(r"--mount=(\S+)")


@dataclass(frozen=True, slots=True)
class Foundation:
    """First lines of a package's Dockerfile, before ours, and the files that they use."""

    name: str
    """What people know the base by: the name of an image, or `baseDockerfile`."""
    stage: str
    """What the last FROM names: the image, or the last stage of the person's Dockerfile."""
    images: tuple[str, ...]
    """Those that are fetched, as far as they are named in so many words."""
    dockerfile: tuple[str, ...] = ()
    """Lines of the person's Dockerfile."""
    steps: tuple[str, ...] = ()
    """Further instructions on top of the stage, one a line."""
    members: tuple[LayerMember, ...] = ()
    """Files that Dockerfile and steps copy, below `BASE_FILES`."""

    def lines(self, arguments: Sequence[str] = ()) -> list[str]:
        """The Dockerfile so far; `arguments` are ARG instructions that every FROM may use."""
        first = next((at for at, line in enumerate(self.dockerfile) if re.match(r"\s*FROM\s", line, re.IGNORECASE)), 0)
        return [*self.dockerfile[:first], *arguments, *self.dockerfile[first:]]


def named(image: str, steps: Sequence[str], source: str, folder: Path | None) -> Foundation:
    """An image. `source` is what the steps stand in, `folder` where their COPY takes files from.

    Raises ScoredockError `base-image-invalid`, `package-not-portable`, `image-steps-invalid`, `file-not-found`.
    """
    require_image(image)
    moved, members = _steps(steps, source, folder)
    return Foundation(image, image, (image,), steps=moved, members=members)


def personal(
    dockerfile: str, steps: Sequence[str], source: str, folder: Path | None, files: Sequence[str] = ()
) -> Foundation:
    """A Dockerfile of the person's own, as it was written but for the places that COPY and ADD take files from: those
    of `files` where some were kept for it, else of `folder`.

    Raises as `named`.
    """
    text = dockerfile.replace("\r\n", "\n")
    if match := _ODD.search(text):
        problem = l10n.t("it contains the control character {character}", character=f"U+{ord(match.group()):04X}")
        raise _refused(problem, source)
    lines = _without_gaps(text)
    _require_backslash(lines, source)
    significant = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if significant and significant[-1].rstrip().endswith("\\"):
        raise _refused(l10n.t("it ends in the middle of an instruction"), source)
    whole = "\n".join(lines)
    context = kept_context(whole, files, source) if files else dockerfile_context(whole, source, folder)
    commands = instructions([whole], source)
    stages = [_from(each, source) for each in commands if each.name == "FROM"]
    names = [name.lower() for _, name in stages if name]
    last = max(at for at, each in enumerate(commands) if each.name == "FROM")
    stage = stages[-1][1] or _unlike(_STAGE, names)
    for at, instruction in reversed(list(enumerate(commands))):
        _require_portable(instruction, source)
        end = instruction.line + instruction.text.count("\n") + 1
        if instruction.name in ("ADD", "COPY"):
            lines[instruction.line : end] = [_moved(instruction, source)]
        elif at == last and not stages[-1][1]:
            lines[end - 1] = f"{lines[end - 1].rstrip()} AS {stage}"
    moved, members = _steps(steps, source, folder)
    return Foundation(
        DOCKERFILE,
        stage,
        _fetched([image for image, _ in stages], commands, names),
        tuple(lines),
        moved,
        _together([*_placed(context.members), *members]),
    )


def _steps(steps: Sequence[str], source: str, folder: Path | None) -> tuple[tuple[str, ...], tuple[LayerMember, ...]]:
    kept = require_steps(steps)
    if not kept:
        return (), ()
    # The base is of no account for what is copied.
    members = _placed(steps_context("scratch", kept, source, folder).members)
    given = instructions(kept, source)
    for each in given:
        _require_portable(each, source)
    return tuple(_moved(each, source) if each.name in ("ADD", "COPY") else each.text for each in given), members


def _placed(members: Iterable[LayerMember]) -> tuple[LayerMember, ...]:
    """The files of a context, below their own folder."""
    return _together(
        LayerMember(f"{BASE_FILES}/{each.path}", each.content, each.size, each.mode)
        for each in members
        if isinstance(each.content, Path)
    )


def _together(members: Iterable[LayerMember]) -> tuple[LayerMember, ...]:
    return tuple({each.path: each for each in members}.values())


def _without_gaps(text: str) -> list[str]:
    """Its lines, without the empty ones amid an instruction, which Docker reads over."""
    lines: list[str] = []
    open_line = False
    for line in text.split("\n"):
        if open_line and not line.strip():
            continue
        lines.append(line.rstrip())
        if not (open_line and line.lstrip().startswith("#")):
            open_line = line.rstrip().endswith("\\") and not line.lstrip().startswith("#")
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _require_backslash(lines: Sequence[str], source: str) -> None:
    """Raises ScoredockError when a directive gives instructions another sign to be continued by."""
    for line in lines:
        found = _DIRECTIVE.fullmatch(line.strip())
        if found is None:
            return
        if found.group(1).lower() == "escape" and found.group(2).strip() != "\\":
            text = l10n.t("it uses `{sign}` to continue instructions", sign=found.group(2).strip())
            raise _refused(text, source)


def _from(instruction: Instruction, source: str) -> tuple[str, str]:
    """Image and name of a stage, the name empty when it has none."""
    words = [word for word in instruction.text.replace("\\\n", " ").split()[1:] if not word.startswith("--")]
    if len(words) == 3 and words[1].upper() == "AS":
        return words[0], words[2]
    if len(words) != 1:
        raise _refused(l10n.t("it has a FROM without an image"), source, instruction.line)
    return words[0], ""


def _require_portable(instruction: Instruction, source: str) -> None:
    if instruction.name == "ONBUILD":
        problem = l10n.t("it has ONBUILD, which would change the package that is based on it")
        raise _refused(problem, source, instruction.line)
    for mount in _MOUNT.findall(instruction.text) if instruction.name == "RUN" else ():
        mount_options = dict(part.partition("=")[::2] for part in mount.split(","))
        if mount_options.get("type", "bind") == "bind" and "from" not in mount_options:
            problem = l10n.t("it mounts files of the folder that it is built in")
            raise _refused(problem, source, instruction.line)


def _moved(instruction: Instruction, source: str) -> str:
    """A COPY or ADD that takes its files from their place in a package, on one line."""
    rest = re.sub(r"\\\n", " ", instruction.text).strip()[len(instruction.name) :].strip()
    options: list[str] = []
    while found := _OPTION.match(rest):
        options.append(found.group(1))
        rest = rest[found.end() :]
    if any(option.startswith("--from") for option in options):
        return instruction.text
    for option in options:
        if option.partition("=")[0] not in _OPTIONS:
            problem = l10n.t(
                "it has “{step}”, whose meaning depends on the folder", step=f"{instruction.name} {option}"
            )
            raise _refused(problem, source, instruction.line)
    as_list = rest.startswith("[")
    words: list[str] = json.loads(rest) if as_list else shlex.split(rest)  # `steps` read it before
    if not as_list and re.search(r"[\"'\\]", rest):
        if "$" in rest:
            problem = l10n.t("it has {instruction} with quotes and variables", instruction=instruction.name)
            raise _refused(problem, source, instruction.line)
        as_list = True
    placed = [word if _is_address(instruction, word) else _place(word) for word in words[:-1]]
    operands = json.dumps([*placed, words[-1]], ensure_ascii=False) if as_list else " ".join([*placed, words[-1]])
    return " ".join([instruction.name, *options, operands])


def _is_address(instruction: Instruction, word: str) -> bool:
    return instruction.name == "ADD" and re.match(r"https?://", word) is not None


def _place(word: str) -> str:
    path = str(PurePosixPath(word.lstrip("/")))
    return f"{BASE_FILES}/" if path == "." else f"{BASE_FILES}/{path}"


def _fetched(from_images: Sequence[str], commands: Sequence[Instruction], stages: Sequence[str]) -> tuple[str, ...]:
    """The images of FROM, of COPY --from and of mounts that are not stages."""
    images = list(from_images)
    for each in commands:
        if each.name == "COPY":
            images += re.findall(r"--from=(\S+)", each.text)
        elif each.name == "RUN":
            images += re.findall(r"--mount=(?:\S*,)?from=([^,\s]+)", each.text)
    return tuple(
        dict.fromkeys(
            image
            for image in images
            if image.lower() not in stages
            and image != "scratch"
            and not image.isdecimal()
            and is_image_reference(image)
        )
    )


def _unlike(name: str, used_names: Sequence[str]) -> str:
    return next(each for each in (name, *(f"{name}-{number}" for number in range(2, 1000))) if each not in used_names)


def _refused(what: str, source: str, line: int | None = None) -> ScoredockError:
    message = l10n.t("The Dockerfile of the environment cannot be packaged: {problem}.", problem=what)
    if line is not None:
        message = l10n.t(
            "The Dockerfile of the environment cannot be packaged: {problem} (line {line}).",
            problem=what,
            line=line + 1,
        )
    return ScoredockError(
        "package-not-portable",
        message,
        l10n.t("Change this, or package it as a finished image instead."),
        place=Place(source) if Path(source).is_absolute() else None,
    )
