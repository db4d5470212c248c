"""A pipeline of Azure ML v1 written anew, so that Scoredock carries it out on its own platform: steps that sign in to
Azure go, tasks and actions of Azure ML become lines of `az ml`, and a step installs Scoredock with its `az`.

Only the steps that change are written anew; every other line stays as it is, comments as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from scoredock import l10n
from scoredock.checks.azure_cli.here import command_of
from scoredock.checks.azure_cli.lines import command_lines
from scoredock.checks.azure_cli.v1_commands import COMMANDS, PIPELINES, RUNS
from scoredock.late_dataclass import dataclass
from scoredock.pipelines.platforms.reading import platform_of
from scoredock.pipelines.platforms.stand_ins import Files, bare_name, stand_in
from scoredock.pipelines.values import Fields, Items, PipelineFault, Value, YamlPlace, pairs_of, read_value
from scoredock.pipelines.written.project import ScoredockSource
from scoredock.pipelines.written.steps import install_script
from scoredock.pipelines.written.yaml_lines import block

ChangeKind = Literal["changed", "kept", "open"]
_AZ = re.compile(r"(?<![\w./-])az\s+([a-z][\w-]*)(?:\s+([a-z][\w-]*))?")
_V2 = frozenset(
    (
        "job",
        "online-endpoint",
        "online-deployment",
        "batch-endpoint",
        "batch-deployment",
        "component",
        "data",
        "registry",
        "schedule",
        "compute",
    )
)
_AS_LINES = frozenset(
    ("azure/aml-workspace", "azure/aml-registermodel", "azure/aml-deploy", "amlmodeldeploy", "amlmodelprofile")
)
_OPEN = frozenset(("azure/aml-run", "azure/aml-compute", "mlpublishedpipelinerestapitask"))
_INSTALLED = "Install Scoredock"
_EXTENSION = re.compile(r"\s*(?:set -e[^\n]*\s+)?az extension (?:add|update) [^\n]*azure[-_]cli[-_]ml[^\n]*\s*")


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a step."""

    step: str
    source: YamlPlace
    kind: ChangeKind
    message: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The text, and what was done."""

    text: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _New:
    """Lines in the place of a step; None for none."""

    lines: tuple[str, ...] | None
    change: Change


def rewrite(text: str, file: str, files: Files, source: ScoredockSource) -> Rewritten:
    """Of one file: a pipeline, a template or a composite action. Raises PipelineFault."""
    document = read_value(text, file)
    if not isinstance(document, Fields):
        raise PipelineFault(l10n.t("{file} is not a pipeline.", file=file), document.source)
    is_github = platform_of(file, document) == "github" or document.get("runs") is not None
    lines = text.splitlines()
    edits: list[tuple[int, int, tuple[str, ...]]] = []
    changes: list[Change] = []
    for steps in _step_lists(document):
        if not any(map(_is_of_v1, steps)):
            continue
        needs_account = any(_others(_script_of(step)) for step in steps)
        news = [(step, _rewritten(step, lines, files, is_github, needs_account)) for step in steps]
        changes += [new.change for _, new in news if new is not None]
        if not any(new is not None and new.change.kind != "open" for _, new in news):
            continue
        for step, new in news:
            if new is not None and new.lines is not None:
                edits.append((step.source.line - 1, _end(step, lines), new.lines))
        first = _first(steps)
        indent = _indent(lines[first.source.line - 1])
        edits.append(
            (first.source.line - 1, first.source.line - 1, tuple(_install(indent, source, is_github=is_github)))
        )
    for start, end, replacement in sorted(edits, key=lambda edit: (edit[0], edit[1]), reverse=True):
        lines[start:end] = replacement
    return Rewritten("\n".join(lines) + ("\n" if text.endswith("\n") else ""), tuple(changes))


def _step_lists(value: Value) -> Iterator[tuple[Fields, ...]]:
    """The lists of steps of a document, whatever they are below."""
    if isinstance(value, Items):
        steps = tuple(item for item in value.items if isinstance(item, Fields) and _is_step(item))
        if steps:
            yield steps
        for item in value.items:
            yield from _step_lists(item)
    elif isinstance(value, Fields):
        for _, each in value.entries:
            yield from _step_lists(each)


def _is_step(value: Fields) -> bool:
    return bool({"task", "uses", "run", "script", "bash"} & set(value.names()))


def _script_of(step: Fields) -> str:
    """What runs in a shell, wherever the step has it."""
    inputs = {key.lower(): text for key, text in pairs_of(step.get("with") or step.get("inputs")).items()}
    return step.text("run") or step.text("bash") or step.text("script") or inputs.get("inlinescript", "")


def _is_of_v1(step: Fields) -> bool:
    """Whether it needs Azure ML v1."""
    bare = bare_name(step.text("uses") or step.text("task") or "x")
    script = _script_of(step)
    lines = [match.group(2) or "" for match in _AZ.finditer(script) if match.group(1) == "ml"]
    return bare in _AS_LINES | _OPEN or any(verb not in _V2 for verb in lines) or bool(_EXTENSION.search(script))


def _first(steps: tuple[Fields, ...]) -> Fields:
    """Before which Scoredock is installed: behind the files and the Python of the job."""
    early = ("actions/checkout", "actions/setup-python", "usepythonversion")
    return next(
        (step for step in steps if bare_name(step.text("uses") or step.text("task") or "x") not in early), steps[-1]
    )


def _rewritten(step: Fields, lines: list[str], files: Files, is_github: bool, needs_account: bool) -> _New | None:
    uses = step.text("uses") or step.text("task")
    name = step.text("name") if is_github else step.text("displayName")
    title = name or uses or "script"
    if not uses:
        return _of_script(step, title, step.text("run") or step.text("bash") or step.text("script"))
    bare = bare_name(uses)
    if bare in _OPEN:
        stands = stand_in(uses, {}, files)
        return _New(None, Change(title, step.source, "open", stands.reason))
    if bare == "azure/login" and needs_account:
        said = l10n.t("Other steps of the job need the account.")
        return _New(None, Change(title, step.source, "kept", said))
    if bare == "azure/login":
        return _New(
            (), Change(title, step.source, "changed", l10n.t("Nobody signs in to Azure: the step is left out."))
        )
    if bare in _AS_LINES:
        inputs = {key.lower(): text for key, text in pairs_of(step.get("with") or step.get("inputs")).items()}
        stands = stand_in(uses, inputs, files)
        if stands.kind == "left-out":
            return _New(None, Change(title, step.source, "open", stands.reason))
        if stands.action != "script":
            return _New((), Change(title, step.source, "changed", stands.reason))
        message = l10n.t("It is lines of “az ml” now.")
        return _New(_as_script(step, lines, stands.script, is_github), Change(title, step.source, "changed", message))
    if bare in ("azurecli", "azure/cli"):
        return _of_azure_cli(step, title, lines, files, is_github)
    return None


def _of_azure_cli(step: Fields, title: str, lines: list[str], files: Files, is_github: bool) -> _New:
    inputs = {key.lower(): text for key, text in pairs_of(step.get("with") or step.get("inputs")).items()}
    stands = stand_in(step.text("uses") or step.text("task"), inputs, files)
    others = sorted(_others(stands.script))
    if stands.kind == "left-out":
        return _New(None, Change(title, step.source, "open", stands.reason))
    trains = _trains(stands.script)
    if trains:
        message = l10n.t("“az ml {verb}” trains in Azure: put your own training in its place.", verb=trains)
        return _New(None, Change(title, step.source, "open", message))
    if others:
        message = l10n.t(
            "It keeps its account, as it calls {commands} as well.",
            commands=", ".join(f"“az {each}”" for each in others),
        )
        return _New(None, Change(title, step.source, "kept", message))
    if _EXTENSION.fullmatch(stands.script):
        return _New(
            (), Change(title, step.source, "changed", l10n.t("Scoredock has these commands: the step is left out."))
        )
    message = l10n.t("A script of bash without an account.")
    return _New(
        _as_script(step, lines, stands.script, is_github, inputs), Change(title, step.source, "changed", message)
    )


def _of_script(step: Fields, title: str, script: str) -> _New | None:
    if "az " not in script:
        return None
    trains = _trains(script)
    if trains:
        message = l10n.t("“az ml {verb}” trains in Azure: put your own training in its place.", verb=trains)
        return _New(None, Change(title, step.source, "open", message))
    if _EXTENSION.fullmatch(script):
        return _New(
            (), Change(title, step.source, "changed", l10n.t("Scoredock has these commands: the step is left out."))
        )
    others = sorted(_others(script))
    if others:
        message = l10n.t(
            "It calls {commands}, which is not of v1 or not of Azure ML.",
            commands=", ".join(f"“az {each}”" for each in others),
        )
        return _New(None, Change(title, step.source, "open", message))
    return _New(None, Change(title, step.source, "kept", l10n.t("Its lines of “az ml” are carried out as they are.")))


def _others(script: str) -> set[str]:
    """Commands of the Azure CLI that are none of v1's `az ml`."""
    commands = set()
    for match in _AZ.finditer(script):
        group, verb = match.group(1), match.group(2) or ""
        if group == "ml":
            commands |= {f"ml {verb}"} if verb in _V2 else set()
        elif not (group == "extension" and ("azure-cli-ml" in script or "azure_cli_ml" in script)):
            commands.add(f"{group} {verb}".strip())
    return commands


def _trains(script: str) -> str:
    """The first command that submits a run or is about pipelines in Azure; empty without one."""
    commands = (command_of([word.text for word in line.words]) for line in command_lines(script))
    return next((each for each in commands if COMMANDS.get(each) in (RUNS, PIPELINES)), "")


def _as_script(
    step: Fields, lines: list[str], script: str, is_github: bool, inputs: dict[str, str] | None = None
) -> tuple[str, ...]:
    """The step with a script in the place of its task, and everything else that was said of it."""
    indent = _indent(lines[step.source.line - 1])
    head = " " * indent + "- "
    inner = " " * (indent + 2)
    key = "run" if is_github else "bash"
    text = script.strip("\n").rstrip()
    ends_early = is_github or re.search(r"^\s*set -e", text, re.MULTILINE)
    parts = [*block(key, text if ends_early else f"set -e\n{text}", head)]
    folder = (inputs or {}).get("workingdirectory", "")
    if folder:
        parts.append(f"{inner}workingDirectory: {folder}")
    for name, value in step.entries:
        if name.text not in ("task", "uses", "with", "inputs"):
            start, end = name.source.line - 1, _end_of(value, lines, name.source.line - 1)
            parts += _moved(lines[start:end], inner)
    return tuple(parts)


def _moved(part: list[str], inner: str) -> list[str]:
    """Lines of a key, at the indentation of a step's keys; the first of a step begins with a dash."""
    head = part[0].replace("- ", "  ", 1) if part[0].lstrip().startswith("- ") else part[0]
    shift = len(head) - len(head.lstrip())
    return [inner + head.lstrip(), *(inner + line[shift:] if line.strip() else line for line in part[1:])]


def _end(step: Fields, lines: list[str]) -> int:
    return _end_of(step, lines, step.source.line - 1)


def _end_of(value: Value, lines: list[str], start: int) -> int:
    """Behind its last line with text: blank lines and comments behind it are of what follows."""
    last = start
    indent = _indent(lines[start]) + (
        2 if lines[start].lstrip().startswith("- ") and not isinstance(value, Fields) else 0
    )
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.strip() and _indent(line) <= indent:
            break
        if line.strip() and not line.lstrip().startswith("#"):
            last = number
    return last + 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _install(indent: int, source: ScoredockSource, *, is_github: bool) -> Iterator[str]:
    """Steps of an image find Scoredock in it."""
    flag = "--github" if is_github else "--azure-pipelines"
    script = f"scoredock az install {flag}"
    if source.kind != "image":
        lines = install_script(source, "github" if is_github else "azure")
        script = f'{lines}\n"$place/program/scoredock" az install {flag}'
    space = " " * indent
    if is_github:
        yield f"{space}- name: {_INSTALLED}"
        yield from block("run", script, f"{space}  ")
    else:
        yield from block("bash", f"set -e\n{script}", f"{space}- ")
        yield f"{space}  displayName: {_INSTALLED}"
