"""From what a tried script was seen to do to findings at its lines. Pure."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from jsonschema import Draft4Validator
from jsonschema.exceptions import SchemaError

from scoredock import l10n
from scoredock.analysis.finding import Finding, Related
from scoredock.analysis.rule import Rule
from scoredock.checks import trying_rules as rules
from scoredock.environments.system_libraries import missing_library
from scoredock.late_dataclass import dataclass
from scoredock.services.access.body_forms import form_advice
from scoredock.services.planning.findings import LocatedFinding
from scoredock.text import Position, Range
from scoredock.visible import one_line
from scoredock_runtime.contract import TRIED_PASSED, TRIED_RAISED, Failure

_REASON = 500
"""Characters of a reason in a message."""
_GROWTH_BYTES = 16_000_000
_GROWTH_EACH = 200_000
_STALE_MODEL = "InconsistentVersionWarning"


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Seconds from which on something is reported."""

    start_seconds: float = 120.0
    answer_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Body:
    """A request body and where it comes from."""

    origin: str
    content: bytes
    guess: bool = False
    """Nobody said that the script takes it."""
    content_type: str = "application/json"
    method: Literal["POST", "GET"] = "POST"
    """With GET the content is the query."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something the worker reported of itself; paths are the person's own."""

    event: str
    phase: str
    seconds: float = 0.0
    message: str = ""
    category: str = ""
    frames: tuple[tuple[str, int], ...] = ()
    """File and one-based line, outermost first."""
    returned: str = ""
    serialising: bool = False
    converting: bool = False

    @staticmethod
    def from_json(raw: Mapping[str, Any], own: Callable[[str], str], mapped: Callable[[str], str]) -> Event:
        """Raises KeyError, TypeError, ValueError for what is none."""
        frames = [(str(frame["file"]), int(frame["line"])) for frame in raw.get("frames", [])]
        if "file" in raw:
            frames = [(str(raw["file"]), int(raw["line"]))]
        passed = raw["event"] == TRIED_PASSED
        return Event(
            event=str(raw["event"]),
            phase=str(raw["phase"] if passed else raw["during"]),
            seconds=float(raw.get("seconds", 0.0)),
            message=mapped(str(raw.get("message", ""))),
            category=str(raw.get("category", "")),
            frames=tuple((own(file), line) for file, line in frames),
            returned=str(raw.get("returned", "")),
            serialising=bool(raw.get("serialising")),
            converting=bool(raw.get("converting")),
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it."""

    body: Body
    status: int
    """0 when no answer came."""
    milliseconds: float
    answer: bytes
    content_type: str
    events: tuple[Event, ...] = ()
    reason: str = ""
    """Why no answer came."""


@dataclass(frozen=True, slots=True)
class MemoryGrowth:
    """Growth of the memory that was used after some equal requests."""

    bytes: int
    requests: int


@dataclass(frozen=True, slots=True)
class RunObservations:
    """All that was seen of one trial."""

    failure: Failure | None
    """Why it did not start."""
    failure_message: str
    failure_frames: tuple[tuple[str, int], ...]
    fix: str
    start_seconds: float | None
    warnings: tuple[Event, ...]
    exchanges: tuple[Exchange, ...]
    output_schema: Any
    growth: MemoryGrowth | None
    peak_bytes: int | None


@dataclass(frozen=True, slots=True)
class ScriptFault:
    """Fault of a batch script that did not start, or of a call of run() that failed."""

    message: str
    frames: tuple[tuple[str, int], ...] = ()
    """The person's own file and one-based line, outermost first."""


@dataclass(frozen=True, slots=True)
class MiniBatchTrial:
    """One call of run() with a mini-batch, and what came of it."""

    name: str
    items: int
    results: int
    milliseconds: float
    head: str
    """The first lines of its results."""
    fault: ScriptFault | None = None


@dataclass(frozen=True, slots=True)
class BatchObservations:
    """All that was seen of one trial of a batch script."""

    fault: ScriptFault | None
    """Why it did not start."""
    fix: str
    start_seconds: float | None
    mini_batches: tuple[MiniBatchTrial, ...]
    peak_bytes: int | None


Read = Callable[[str], str]
"""Text of one of the person's files, empty when it cannot be read."""


def findings_of(observations: RunObservations, script: str, read: Read, limits: RunLimits) -> list[LocatedFinding]:
    """Findings by file and position."""
    judge = _Judge(script, read, limits)
    judge.start(observations)
    for event in observations.warnings:
        judge.warning(event)
    for exchange in observations.exchanges:
        judge.exchange(exchange, observations.output_schema)
    if observations.growth is not None:
        judge.growth(observations.growth)
    return judge.sorted()


def findings_of_batches(observations: BatchObservations, script: str, read: Read) -> list[LocatedFinding]:
    """The same of a batch script."""
    judge = _Judge(script, read, RunLimits())
    if observations.fault is not None:
        judge.not_started(observations.fault.message, observations.fault.frames, observations.fix)
    for batch in observations.mini_batches:
        judge.mini_batch(batch)
    return judge.sorted()


class _Judge:
    def __init__(self, script: str, read: Read, limits: RunLimits) -> None:
        self.found: list[LocatedFinding] = []
        self._script, self._read, self._limits = script, read, limits
        self._places = _places(read(script))

    def sorted(self) -> list[LocatedFinding]:
        """Each once, those of the script first."""
        unique = {(f.path, f.finding.code, f.finding.range, f.finding.message): f for f in self.found[::-1]}
        return sorted(
            unique.values(), key=lambda f: (f.path != self._script, f.path, f.finding.range.start, f.finding.code)
        )

    def not_started(self, message: str, frames: tuple[tuple[str, int], ...], fix: str) -> None:
        reason = _sentence(message)
        if fix and ("No module named" in reason or missing_library(reason)):
            reason += f". {_sentence(fix)}"
        self._at_frames(rules.START, frames, self._places.get("init"), reason=reason)

    def mini_batch(self, batch: MiniBatchTrial) -> None:
        run = self._places.get("run")
        if batch.fault is not None:
            reason = _sentence(batch.fault.message)
            self._at_frames(rules.MINI_BATCH, batch.fault.frames, run, origin=batch.name, reason=reason)
        elif batch.results < batch.items:
            place = self._places.get("return") or run
            words = {"items": batch.items, "results": batch.results}
            self._at(place, rules.FEWER_RESULTS.finding, origin=batch.name, **words)

    def start(self, observations: RunObservations) -> None:
        if observations.failure is not None:
            self.not_started(observations.failure_message, observations.failure_frames, observations.fix)
        elif observations.start_seconds is not None and observations.start_seconds > self._limits.start_seconds:
            self._at(self._places.get("init"), rules.SLOW_START.finding, seconds=f"{observations.start_seconds:.0f}")

    def warning(self, event: Event) -> None:
        severity = "warning" if event.category == _STALE_MODEL else None
        text = _sentence(event.message) + "."
        self._at_frames(rules.WARNED, event.frames, None, severity=severity, category=event.category, text=text)

    def exchange(self, exchange: Exchange, schema: Any) -> None:
        origin, guess = exchange.body.origin, exchange.body.guess
        severity = "information" if guess else None
        raised = next((event for event in exchange.events if event.event == TRIED_RAISED), None)
        run, decorator = self._places.get("run"), self._places.get("decorator")
        if raised is not None and raised.serialising:
            place = self._places.get("return") or run
            words = {"kind": raised.returned, "reason": _sentence(raised.message)}
            self._at(place, rules.NOT_JSON.finding, **words)
        elif raised is not None and (raised.converting or (decorator is not None and not raised.frames)):
            # Without a frame of the person's, run() was never entered: what is around it raised.
            place = decorator or run
            words = {"origin": origin, "reason": _reason(exchange, raised.message)}
            self._at(place, rules.CONVERSION.finding, severity=severity, **words)
        elif raised is not None:
            reason = _reason(exchange, raised.message)
            self._at_frames(rules.REQUEST, raised.frames, run, severity=severity, origin=origin, reason=reason)
        elif exchange.status == 0:
            reason = _sentence(exchange.reason)
            self._at(run, rules.REQUEST.finding, severity=severity, origin=origin, reason=reason)
        elif exchange.status in (400, 415) and decorator is not None:
            reason = _reason(exchange, _message_of(exchange.answer))
            self._at(decorator, rules.CONVERSION.finding, severity=severity, origin=origin, reason=reason)
        elif exchange.status >= 500 and not guess:
            reason = l10n.t("the script answered {status}", status=exchange.status)
            self._at(run, rules.REQUEST.finding, severity="warning", origin=origin, reason=reason)
        elif exchange.status < 300:
            self._answer(exchange, schema)

    def _answer(self, exchange: Exchange, schema: Any) -> None:
        run = self._places.get("run")
        if exchange.milliseconds > self._limits.answer_seconds * 1000:
            self._at(run, rules.SLOW_ANSWER.finding, seconds=f"{exchange.milliseconds / 1000:.1f}")
        if "json" not in exchange.content_type:
            return
        place = self._places.get("return") or run
        strange: list[str] = []
        try:
            value = json.loads(exchange.answer, parse_constant=strange.append)
        except (ValueError, RecursionError):
            return  # cut at the limit, or the script's own answer
        if strange:
            self._at(place, rules.NOT_A_NUMBER.finding, value=strange[0])
            return
        if isinstance(value, str) and _is_document(value):
            self._at(place, rules.TWICE.finding)
        elif schema is not None and (reason := _mismatch(value, schema)):
            self._at(self._places.get("output") or place, rules.SWAGGER.finding, reason=reason)

    def growth(self, growth: MemoryGrowth) -> None:
        if growth.bytes >= max(_GROWTH_BYTES, _GROWTH_EACH * growth.requests):
            run = self._places.get("run")
            self._at(run, rules.GROWTH.finding, megabytes=f"{growth.bytes / 1e6:.0f}", count=growth.requests)

    def _at(self, place: Range | None, make: Callable[..., Finding], **words: Any) -> None:
        self.found.append(LocatedFinding(self._script, make(place or _line(self._read(self._script), 0), **words)))

    def _at_frames(
        self, rule: Rule, frames: tuple[tuple[str, int], ...], otherwise: Range | None, **words: Any
    ) -> None:
        """At the innermost frame, with those above it as related places."""
        known = [(path, line) for path, line in frames if self._read(path)]
        if not known:
            self._at(otherwise, rule.finding, **words)
            return
        *above, (path, line) = known
        related = tuple(
            Related(outer, l10n.t("called from here"), _line(self._read(outer), number - 1))
            for outer, number in reversed(above[-5:])
        )
        self.found.append(
            LocatedFinding(path, rule.finding(_line(self._read(path), line - 1), related=related, **words))
        )


def _places(text: str) -> dict[str, Range]:
    """Ranges of parts of the entry script: the names of init and run, the only return of run, its decorators."""
    try:
        return _places_in(ast.parse(text), text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}


def _places_in(tree: ast.Module, text: str) -> dict[str, Range]:
    lines = text.splitlines()
    ranges: dict[str, Range] = {}
    for node in tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.name not in ("init", "run"):
            continue
        ranges[node.name] = _line(text, node.lineno - 1)
        if node.name == "run":
            for each in node.decorator_list:
                name = ast.unparse(each.func if isinstance(each, ast.Call) else each).rpartition(".")[2]
                if name in ("input_schema", "output_schema"):
                    ranges.setdefault("decorator" if name == "input_schema" else "output", _span(each, lines))
            returns = [each for each in _own_nodes(node) if isinstance(each, ast.Return)]
            if len(returns) == 1:
                ranges["return"] = _span(returns[0], lines)
    return ranges


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Without those of functions inside."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))


def _span(node: ast.expr | ast.stmt, lines: list[str]) -> Range:
    return Range(
        _position(lines, node.lineno, node.col_offset),
        _position(lines, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
    )


def _position(lines: list[str], line: int, column: int) -> Position:
    """From what ast counts, bytes of UTF-8."""
    text = lines[line - 1] if line <= len(lines) else ""
    return Position(line - 1, len(text.encode()[:column].decode("utf-8", "ignore")))


def _line(text: str, line: int) -> Range:
    """A line without what is blank around it."""
    lines = text.splitlines()
    written = lines[line] if 0 <= line < len(lines) else ""
    start = len(written) - len(written.lstrip())
    return Range(Position(max(0, line), start), Position(max(0, line), max(start, len(written.rstrip()))))


def _sentence(text: str) -> str:
    """Text as a part of a sentence: one line, not too long, without its full stop."""
    line = one_line(" ".join(text.split())).rstrip(". ")
    return line if len(line) <= _REASON else f"{line[:_REASON]} …"


def _reason(exchange: Exchange, text: str) -> str:
    """The same of what came of a request, with what to send instead."""
    return ". ".join(filter(None, (_sentence(text), form_advice(exchange.body.content, (text,)))))


def _message_of(answer: bytes) -> str:
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return answer[:_REASON].decode("utf-8", "replace")
    return str(value.get("message", value)) if isinstance(value, dict) else str(value)


def _is_document(text: str) -> bool:
    """True if a string is a JSON list or object itself."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(text), (dict, list))
    except (ValueError, RecursionError):
        return False


def _mismatch(value: Any, schema: Any) -> str:
    """Why an answer does not fit, or empty. An object of which nothing is said may be anything."""
    try:
        error = next(iter(Draft4Validator(_loose(schema)).iter_errors(value)), None)
    except (SchemaError, RecursionError, TypeError, ValueError):
        return ""
    if error is None:
        return ""
    where = "".join(f"[{part!r}]" for part in list(error.absolute_path)[:8])
    if not where:
        return _sentence(error.message[:200])
    return _sentence(l10n.t("{reason} at {place}", reason=error.message[:200], place=where))


def _loose(schema: Any, depth: int = 0) -> Any:
    if depth > 50 or not isinstance(schema, dict):
        return {}
    subset: dict[str, Any] = {key: schema[key] for key in ("type", "required") if key in schema}
    if subset.get("type") == "object" and not schema.get("properties"):
        return {}
    if isinstance(schema.get("properties"), dict):
        subset["properties"] = {name: _loose(inner, depth + 1) for name, inner in schema["properties"].items()}
    if "items" in schema:
        subset["items"] = _loose(schema["items"], depth + 1)
    return subset
