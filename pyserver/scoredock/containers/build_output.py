"""Output of a build of a Dockerfile as it goes: steps, output, and why it failed."""

from __future__ import annotations

import re
from dataclasses import field

from scoredock import l10n
from scoredock.containers.failures import refused
from scoredock.containers.long_calls import Event, failure_in
from scoredock.errors import DiskFull, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.progress import Progress

_TAIL = 40
_MADE = re.compile(r" ---> ([0-9a-f]{12})$")
_RAN = re.compile(r" ---> Running in ([0-9a-f]{12})$")
_FIRST = re.compile(r"Step \d+/\d+ : FROM\b", re.IGNORECASE)
_ENDED = re.compile(r"(?:returned a non-zero code: |exit code: |exit status )(\d+)")
_STEP = re.compile(r"(?:\[\d+/\d+\] )?(?:Step|STEP) (\d+)/\d+ ?: (.*)")
"""As Docker's older builder and Podman write it."""
_VERTEX = re.compile(r"(#\d+) (?:\[(?:\S+ )?(\d+)/\d+\] (.*)|\d+\.\d+ (.*)|(ERROR: .*))")
"""BuildKit writes steps that run side by side under numbers of their own: what one is, what it prints, its fault."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_RED = "\x1b[91m"
"""The builder writes standard error in it."""


@dataclass(slots=True)
class _Vertex:
    number: int
    text: str
    lines: list[str] = field(default_factory=list)


class Steps:
    """The messages of a build, taken one by one."""

    def __init__(self, progress: Progress) -> None:
        self.id = ""
        """Of the finished image."""
        self.step = ""
        self.lines: list[str] = []
        """What the step that runs has said."""
        self.between: list[str] = []
        """Images that were made on the way, in order."""
        self.ran: list[str] = []
        """Containers in which steps ran, in order; all but the last are gone."""
        self._progress = progress
        self._cached = False
        self._complaint = ""
        self._number, self._text = 0, ""
        self._vertices: dict[str, _Vertex] = {}

    def take(self, message: Event) -> None:
        """Raises what a failed build raises."""
        if failure := failure_in(message):
            raise self.failure(failure)
        aux = message.get("aux")
        if isinstance(aux, dict) and aux.get("ID"):
            self.id = str(aux["ID"])
        text = str(message.get("stream", ""))
        for line in _COLOUR.sub("", text).splitlines():
            if line.strip():
                self._line(line, complains=_RED in text)

    def failure(self, reason: str) -> ScoredockError:
        """Error for the daemon's `reason`: `image-build-failed` with step and output, `image-pull-failed` or
        `disk-full`."""
        words = reason.strip().rstrip(".")
        raised = refused(l10n.t("build the image"), words)
        if isinstance(raised, DiskFull):
            return raised
        begins = not self.step or _FIRST.match(self.step) is not None
        if begins and any(
            sign in words for sign in ("pull access denied", "manifest unknown", "dial tcp", "not found")
        ):
            return ScoredockError("image-pull-failed", l10n.t("A base image cannot be pulled: {words}.", words=words))
        ended = _ENDED.search(words)
        cause = self._complaint or (self.lines[-1].strip() if self.lines else "")
        step = self.step or l10n.t("The build")
        if ended and cause:
            message = l10n.t("{step} ended with exit code {code}: {cause}.", step=step, code=ended[1], cause=cause)
        elif ended:
            message = l10n.t("{step} ended with exit code {code}.", step=step, code=ended[1])
        else:
            message = l10n.t("{step} failed: {reason}.", step=step, reason=f"{words}: {cause}" if cause else words)
        details: dict[str, str | list[str]] = {
            "step": self.step,
            "number": str(self._number),
            "instruction": self._text,
            "output": list(self.lines),
        }
        return ScoredockError("image-build-failed", message, details=details)

    def _line(self, line: str, complains: bool) -> None:
        if match := _STEP.match(line):
            self._begin(line.strip(), int(match[1]), match[2].strip(), [])
            self._progress.report(self.step)
            return
        if match := _VERTEX.match(line):
            self._take_vertex(line, *match.groups())
            return
        if line.startswith(" ---> Using cache"):
            self._cached = True
        elif match := _RAN.match(line):
            self.ran.append(match.group(1))
        elif match := _MADE.match(line):
            if not self._cached and not _FIRST.match(self.step):
                self.between.append(match.group(1))
        elif not line.startswith((" ---> ", "Removing intermediate", "Successfully ")):
            self.lines = [*self.lines[1 - _TAIL :], line]
            if complains:
                self._complaint = line.strip()
        self._progress.output(line)

    def _begin(self, step: str, number: int, text: str, lines: list[str]) -> None:
        self.step, self.lines, self._cached, self._complaint = step, lines, False, ""
        self._number, self._text = number, text

    def _take_vertex(self, line: str, name: str, *parts: str | None) -> None:
        number, text, output, fault = parts
        if number is not None and text is not None:
            self._vertices[name] = _Vertex(int(number), text.strip())
            self._begin(line.strip(), int(number), text.strip(), [])
            self._progress.report(self.step)
            return
        vertex = self._vertices.get(name)
        if vertex is not None and output is not None:
            vertex.lines = [*vertex.lines[1 - _TAIL :], output]
        if vertex is not None and fault is not None:
            self._begin(f"{name} [{vertex.number}] {vertex.text}", vertex.number, vertex.text, vertex.lines)
        self._progress.output(line)
