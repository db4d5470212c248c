"""A pipeline of Azure ML v1 written anew, so that Scoredock carries it out on its own platform: steps that sign in to
Azure go, tasks and actions of Azure ML become lines of `az ml`, and a step installs Scoredock with its `az`.

Only the steps that change are written anew; every other line stays as it is, comments as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from scoredock import l10n
from scoredock.contrib.pipelines.domain.pipeline import Step
from scoredock.contrib.pipelines.domain.platforms.reading import platform_of
from scoredock.contrib.pipelines.domain.platforms.stand_ins import Files, bare_name, stand_in
from scoredock.contrib.pipelines.domain.values import Fields, Items, Value, YamlPlace, pairs_of, read_fields
from scoredock.contrib.pipelines.domain.written.project import ScoredockSource
from scoredock.contrib.pipelines.domain.written.steps import install_script
from scoredock.contrib.pipelines.domain.written.yaml_lines import block
from scoredock.formats.az_lines.lines import command_lines
from scoredock.formats.az_lines.v1_commands import COMMANDS, PIPELINES, RUNS, named_command
from scoredock.late_dataclass import dataclass

ChangeKind = Literal["changed", "kept", "open"]
_AZ = re.compile(r"(?<![\w./-])az\s+([a-z][\w-]*)(?:\s+([a-z][\w-]*))?")
_V2 = frozenset(
    ("job", "online-endpoint", "online-deployment", "batch-endpoint", "batch-deployment", "component", "data")
) | {"registry", "schedule", "compute"}
_CLI = frozenset(("azurecli", "azure/cli"))
_EARLY = frozenset(("actions/checkout", "actions/setup-python", "usepythonversion"))
"""Behind the files and the Python of the job Scoredock is installed."""
_KEYS = frozenset(("task", "uses", "run", "script", "bash"))
"""Of steps."""
_AS_LINES = frozenset(
    ("azure/aml-workspace", "azure/aml-registermodel", "azure/aml-deploy", "amlmodeldeploy", "amlmodelprofile")
)
_OPEN = frozenset(("azure/aml-run", "azure/aml-compute", "mlpublishedpipelinerestapitask"))
_INSTALLED = "Install Scoredock"
_EXTENSION = re.compile(r"\s*(?:set -e[^\n]*\s+)?az extension (?:add|update) [^\n]*azure[-_]cli[-_]ml[^\n]*\s*")


@dataclass(frozen=True, slots=True)
class Change:
    """Change to a step."""

    step: str
    source: YamlPlace
    kind: ChangeKind
    message: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The text, and what was done."""

    text: str
    changes: tuple[Change, ...]


class _StepOfFile(NamedTuple):
    """A step of the file."""

    value: Fields
    uses: str
    """The action or task; empty for a script."""
    inputs: Mapping[str, str]
    script: str
    """What runs in a shell, wherever the step has it."""

    @property
    def bare(self) -> str:
        return bare_name(self.uses)

    @property
    def line(self) -> int:
        """Its first one, from 0."""
        return self.value.source.line - 1

    @property
    def is_of_v1(self) -> bool:
        """True if it needs Azure ML v1."""
        verbs = [match.group(2) or "" for match in _AZ.finditer(self.script) if match.group(1) == "ml"]
        of_v1 = any(verb not in _V2 for verb in verbs)
        return self.bare in _AS_LINES | _OPEN or of_v1 or bool(_EXTENSION.search(self.script))


class _StepDecision(NamedTuple):
    """Decision on a step, and why."""

    kind: ChangeKind
    message: str
    script: str | None = None
    """In the place of the step; empty for none, null where it stays."""


def rewrite(text: str, file: str, files: Files, source: ScoredockSource) -> Rewritten:
    """Rewrites one file: a pipeline, a template or a composite action. Raises PipelineFault."""
    document = read_fields(text, file)
    is_github = platform_of(file, document) == "github" or document.get("runs") is not None
    lines = text.splitlines()
    edits: list[tuple[int, int, tuple[str, ...]]] = []
    changes: list[Change] = []
    for steps in _step_lists(document):
        if not any(step.is_of_v1 for step in steps):
            continue
        needs_account = any(_others(step.script) for step in steps)
        decisions = [(step, each) for step in steps if (each := _decision(step, files, needs_account))]
        for step, each in decisions:
            name = step.value.text("name" if is_github else "displayName") or step.uses or "script"
            changes.append(Change(name, step.value.source, each.kind, each.message))
            if each.script is not None:
                new = _as_script(step, lines, each.script, is_github) if each.script else ()
                edits.append((step.line, _end_of(step.value, lines, step.line), new))
        if any(each.kind != "open" for _, each in decisions):
            first = next((step for step in steps if step.bare not in _EARLY), steps[-1]).line
            edits.append((first, first, tuple(_install(_indent(lines[first]), source, is_github=is_github))))
    for start, end, replacement in sorted(edits, key=lambda edit: (edit[0], edit[1]), reverse=True):
        lines[start:end] = replacement
    return Rewritten("\n".join(lines) + ("\n" if text.endswith("\n") else ""), tuple(changes))


def _step_lists(value: Value) -> Iterator[tuple[_StepOfFile, ...]]:
    """The lists of steps of a document, whatever they are below."""
    if isinstance(value, Items):
        steps = tuple(_step(item) for item in value.items if isinstance(item, Fields) and _KEYS & set(item.names()))
        if steps:
            yield steps
    for each in value.items if isinstance(value, Items) else ():
        yield from _step_lists(each)
    for _, each in value.entries if isinstance(value, Fields) else ():
        yield from _step_lists(each)


def _step(value: Fields) -> _StepOfFile:
    inputs = {key.lower(): text for key, text in pairs_of(value.get("with") or value.get("inputs")).items()}
    script = value.text("run") or value.text("bash") or value.text("script") or inputs.get("inlinescript", "")
    return _StepOfFile(value, value.text("uses") or value.text("task"), inputs, script)


def _decision(step: _StepOfFile, files: Files, needs_account: bool) -> _StepDecision | None:
    """None for a step that has nothing to do with Azure."""
    if not step.uses:
        return _of_script(step.script, has_account=False) if "az " in step.script else None
    if step.bare == "azure/login":
        if needs_account:
            return _StepDecision("kept", l10n.t("Other steps of the job need the account."))
        return _StepDecision("changed", l10n.t("Nobody signs in to Azure: the step is left out."), "")
    if step.bare not in _OPEN | _AS_LINES | _CLI:
        return None
    stands = stand_in(step.uses, Step("", "script", step.value.source, inputs=step.inputs), files)
    if stands.kind == "left-out":
        return _StepDecision("open", stands.reason)
    if step.bare in _CLI:
        return _of_script(stands.script, has_account=True)
    if stands.action != "script":
        return _StepDecision("changed", stands.reason, "")
    return _StepDecision("changed", l10n.t("It is lines of “az ml” now."), stands.script)


def _of_script(script: str, *, has_account: bool) -> _StepDecision:
    """Decision on a script that may call `az`; one with an account becomes a script without it."""
    if trains := _trains(script):
        message = l10n.t("“az ml {verb}” trains in Azure: put your own training in its place.", verb=trains)
        return _StepDecision("open", message)
    if _EXTENSION.fullmatch(script):
        return _StepDecision("changed", l10n.t("Scoredock has these commands: the step is left out."), "")
    commands = ", ".join(f"“az {each}”" for each in sorted(_others(script)))
    if commands and has_account:
        return _StepDecision("kept", l10n.t("It keeps its account, as it calls {commands} as well.", commands=commands))
    if commands:
        return _StepDecision(
            "open", l10n.t("It calls {commands}, which is not of v1 or not of Azure ML.", commands=commands)
        )
    if has_account:
        return _StepDecision("changed", l10n.t("A script of bash without an account."), script)
    return _StepDecision("kept", l10n.t("Its lines of “az ml” are carried out as they are."))


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
    commands = (named_command([word.text for word in line.words]) for line in command_lines(script))
    return next((each for each in commands if COMMANDS.get(each) in (RUNS, PIPELINES)), "")


def _as_script(step: _StepOfFile, lines: list[str], script: str, is_github: bool) -> tuple[str, ...]:
    """The step with a script in the place of its task, and everything else that was said of it."""
    indent = _indent(lines[step.line])
    inner = " " * (indent + 2)
    text = script.strip("\n").rstrip()
    ends_early = is_github or re.search(r"^\s*set -e", text, re.MULTILINE)
    parts = [*block("run" if is_github else "bash", text if ends_early else f"set -e\n{text}", " " * indent + "- ")]
    if folder := step.inputs.get("workingdirectory", ""):
        parts.append(f"{inner}workingDirectory: {folder}")
    for name, value in step.value.entries:
        if name.text not in ("task", "uses", "with", "inputs"):
            start = name.source.line - 1
            parts += _moved(lines[start : _end_of(value, lines, start)], inner)
    return tuple(parts)


def _moved(part: list[str], inner: str) -> list[str]:
    """Lines of a key, at the indentation of a step's keys; the first of a step begins with a dash."""
    head = part[0].replace("- ", "  ", 1) if part[0].lstrip().startswith("- ") else part[0]
    shift = len(head) - len(head.lstrip())
    return [inner + head.lstrip(), *(inner + line[shift:] if line.strip() else line for line in part[1:])]


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
