"""One run of a job of a workflow of GitHub Actions, with the actions of the repository that it calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.evaluation import ExpressionScope, evaluate, is_true
from scoredock.contrib.pipelines.domain.expressions.filling import Evaluation, condition, filled
from scoredock.contrib.pipelines.domain.expressions.functions import GITHUB
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault
from scoredock.contrib.pipelines.domain.pipeline import ActionCall, Job, Step
from scoredock.contrib.pipelines.domain.running.hash_files import hash_files
from scoredock.contrib.pipelines.domain.running.start import Result, RunStart, unescaped
from scoredock.late_dataclass import dataclass

_COMMAND = re.compile(r"^::([a-z-]+)((?:\s+[^:]*)?)::(.*)$", re.IGNORECASE)
_PAIR = re.compile(r"(\w+)=([^,]*)")
_ESCAPES = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
_OF_ACTION = ("github", "inputs", "strategy", "matrix", "steps", "job", "runner", "env")
_OF_IF = (*_OF_ACTION, "vars", "needs")
_OF_STEP = (*_OF_IF, "secrets")
"""The contexts that there are in a place."""
_NO_VARIABLES = ("event", "token")
"""Of the facts about a run."""


@dataclass(slots=True)
class _StepGroup:
    """The steps of the job itself, or those of an action that it calls."""

    call: ActionCall | None = None
    applies: bool = True
    env: dict[str, str] = field(default_factory=dict)
    """Of the calls, which come before those of the job."""
    inputs: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By id."""
    is_failed: bool = False


class GithubJob:
    """One run of a job."""

    def __init__(self, job: Job, names: Mapping[str, Any], start: RunStart) -> None:
        self._job, self._names, self._start = job, names, start
        self.is_cancelled = False
        self._frames = [_StepGroup()]
        """The job, and the calls that the last step stands in."""
        self._env: dict[str, str] = {}
        self.paths: list[str] = []
        self.masks: list[str] = []
        self._stop = ""
        """The word that lets commands be read again."""
        self._disabled = ""
        """A command that the step has used, and that GitHub refuses."""

    def take(self, env: Mapping[str, str], evaluation: Evaluation) -> None:
        """Variables of the workflow and of the job; what was given by hand comes before them. Raises
        ExpressionFault."""
        self._env |= {name: filled(text, evaluation) for name, text in env.items()}
        self._env |= self._start.variables

    def _status(self) -> Result:
        return "cancelled" if self.is_cancelled else "failure" if self.has_failed else "success"

    @property
    def has_failed(self) -> bool:
        return self._frames[0].is_failed

    def applies(self, step: Step) -> bool:
        frame = self._frame(step)
        if self._holds(frame, step):
            return True
        self._record(frame, step, "skipped", tolerates=False)
        return False

    def _holds(self, frame: _StepGroup, step: Step) -> bool:
        contexts = _OF_ACTION if frame.call else _OF_IF
        return frame.applies and is_true(self._evaluation(frame, step, contexts)(condition(step.condition)))

    def fill(self, text: str, step: Step) -> str:
        return filled(text, self._evaluation(self._frame(step), step)) if "${{" in text else text

    def variables(self, step: Step) -> dict[str, str]:
        names = self._step_names(self._frame(step), step)
        github, runner = names["github"], names["runner"]
        facts = {f"GITHUB_{name.upper()}": str(fact) for name, fact in github.items() if name not in _NO_VARIABLES}
        machine = {f"RUNNER_{name.upper()}": str(text) for name, text in runner.items()}
        return {"CI": "true", "GITHUB_ACTIONS": "true", **names["env"], **facts, **machine}

    def line(self, step: Step, line: str) -> None:
        match = _COMMAND.match(line.strip())
        if match is None:
            return
        command, value = match.group(1).lower(), unescaped(match.group(3), _ESCAPES)
        pairs = {name: unescaped(text, _ESCAPES) for name, text in _PAIR.findall(match.group(2))}
        if self._stop:
            self._stop = "" if command == self._stop else self._stop
        elif command == "stop-commands":
            self._stop = value.lower()
        elif command == "set-output" and "name" in pairs:
            self._entry(self._frame(step), step)["outputs"][pairs["name"]] = value
        elif command == "add-mask" and value:
            self.masks.append(value)
        elif command in ("set-env", "add-path") and self._env.get("ACTIONS_ALLOW_UNSECURE_COMMANDS") != "true":
            self._disabled = command
        elif command == "set-env" and "name" in pairs:
            self._env[pairs["name"]] = value
        elif command == "add-path":
            self.paths.insert(0, value)

    def end(self, step: Step, result: Result, files: Mapping[str, str]) -> None:
        frame = self._frame(step)
        fault: ExpressionFault | None = None
        try:
            self._take_commands(frame, step, files)
        except ExpressionFault as error:
            fault, result = error, "failure"
        try:
            tolerates = self._tolerates(frame, step)
        except ExpressionFault as error:
            fault, result, tolerates = error, "failure", False
        self._record(frame, step, result, tolerates=tolerates)
        if fault is not None:
            raise fault

    def _take_commands(self, frame: _StepGroup, step: Step, files: Mapping[str, str]) -> None:
        disabled, self._disabled, self._stop = self._disabled, "", ""
        if disabled:
            raise ExpressionFault(
                l10n.t("GitHub does not carry out “::{command}::” any more: write to its file.", command=disabled)
            )
        self._env |= dict(_assignments(files.get("GITHUB_ENV", "")))
        self._entry(frame, step)["outputs"] |= dict(_assignments(files.get("GITHUB_OUTPUT", "")))
        self.paths[:0] = [line for line in files.get("GITHUB_PATH", "").splitlines()[::-1] if line.strip()]

    def outputs(self) -> dict[str, str]:
        self._close(1)
        evaluation = self._evaluation(self._frames[0], None)
        return {name: filled(text, evaluation) for name, text in self._job.outputs.items()}

    # ------------------------------------------------------------------------------------------------------- calls

    def _frame(self, step: Step) -> _StepGroup:
        """Group of a step: calls that are behind it are ended, and those that it stands in begun. Raises
        ExpressionFault.
        """
        calls = list(step.calls())[::-1]
        same = 0
        while same < len(calls) and same + 1 < len(self._frames) and self._frames[same + 1].call is calls[same]:
            same += 1
        self._close(same + 1)
        for call in calls[same:]:
            self._begin(call)
        return self._frames[-1]

    def _begin(self, call: ActionCall) -> None:
        outer, step = self._frames[-1], call.step
        frame = _StepGroup(call, applies=False)
        try:
            if self._holds(outer, step):
                evaluation = self._evaluation(outer, step)
                texts = {**call.defaults, **step.inputs}
                frame.inputs = {name: filled(text, evaluation) for name, text in texts.items()}
                frame.env = {**outer.env, **self._own_env(outer, step)}
                frame.applies = True
        except ExpressionFault:
            frame.is_failed = True
            raise
        finally:
            self._frames.append(frame)

    def _close(self, depth: int) -> None:
        """Ends the calls that are deeper, the innermost first: each is a step of the one around it."""
        while len(self._frames) > depth:
            frame = self._frames[-1]
            call = frame.call
            if call is None:
                break
            outputs: dict[str, str] = {}
            fault: ExpressionFault | None = None
            tolerates = False
            try:
                if frame.applies:
                    evaluation = self._evaluation(frame, None)
                    outputs = {name: filled(text, evaluation) for name, text in call.outputs.items()}
                    tolerates = self._tolerates(self._frames[-2], call.step)
            except ExpressionFault as error:
                frame.is_failed, fault = True, error
            self._frames.pop()
            outer = self._frames[-1]
            self._entry(outer, call.step)["outputs"] |= outputs
            result: Result = "failure" if frame.is_failed else "success" if frame.applies else "skipped"
            self._record(outer, call.step, result, tolerates=tolerates)
            if fault is not None:
                raise fault

    def _tolerates(self, frame: _StepGroup, step: Step) -> bool:
        return filled(step.continues, self._evaluation(frame, step)).strip() == "true"

    def _entry(self, frame: _StepGroup, step: Step) -> dict[str, Any]:
        return frame.steps.setdefault(step.id or f"#{step.source}", {"outputs": {}, "outcome": "", "conclusion": ""})

    def _record(self, frame: _StepGroup, step: Step, result: Result, *, tolerates: bool) -> None:
        entry = self._entry(frame, step)
        entry["outcome"], entry["conclusion"] = result, "success" if tolerates and result == "failure" else result
        if entry["conclusion"] == "failure":
            frame.is_failed = True

    # ------------------------------------------------------------------------------------------------- expressions

    def _own_env(self, frame: _StepGroup, step: Step) -> dict[str, str]:
        if not step.env:
            return {}
        evaluation = self._of(self._frame_names(frame, step), frame)
        return {name: filled(text, evaluation) for name, text in step.env.items()}

    def _frame_names(self, frame: _StepGroup, step: Step | None) -> dict[str, Any]:
        """Without the step's own variables."""
        path = f"{self._start.root}/{frame.call.path}".rstrip("/") if frame.call else ""
        action = step.id if step is not None and step.id else "__run"
        names = {
            **self._names,
            "github": {**self._names["github"], "action": action, "action_path": path},
            "env": {**self._env, **frame.env},
            "steps": {name: entry for name, entry in frame.steps.items() if not name.startswith("#")},
            "job": {"status": self._status()},
        }
        return {**names, "inputs": frame.inputs} if frame.call else names

    def _step_names(self, frame: _StepGroup, step: Step | None) -> dict[str, Any]:
        names = self._frame_names(frame, step)
        own = self._own_env(frame, step) if step is not None else {}
        return {**names, "env": {**names["env"], **own}}

    def _evaluation(self, frame: _StepGroup, step: Step | None, contexts: tuple[str, ...] = ()) -> Evaluation:
        return self._of(self._step_names(frame, step), frame, contexts)

    def _of(self, names: Mapping[str, Any], frame: _StepGroup, contexts: tuple[str, ...] = ()) -> Evaluation:
        contexts = contexts or (_OF_ACTION if frame.call else _OF_STEP)
        functions = {
            **GITHUB,
            "success": lambda: not frame.is_failed and not self.is_cancelled,
            "failure": lambda: frame.is_failed and not self.is_cancelled,
            "always": lambda: True,
            "cancelled": lambda: self.is_cancelled,
            "hashfiles": lambda *patterns: hash_files(self._start.root, patterns),
        }
        scope = ExpressionScope({name: names[name] for name in contexts}, functions)
        return lambda text: evaluate(text, scope)


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    """`name=value` lines, and `name<<END` with the lines up to END. Raises ExpressionFault for another line."""
    lines = iter(text.replace("\r\n", "\n").split("\n"))
    for line in lines:
        head, equals, value = line.partition("=")
        name, mark, end = line.partition("<<")
        if mark and "=" not in name and name and end:
            parts: list[str] = []
            for inner in lines:
                if inner == end:
                    break
                parts.append(inner)
            else:
                raise ExpressionFault(l10n.t("“{line}” has no line “{end}” behind it.", line=line, end=end))
            yield name, "\n".join(parts)
        elif equals and head:
            yield head, value
        elif line:
            raise ExpressionFault(l10n.t("“{line}” is neither NAME=VALUE nor NAME<<END.", line=line))
