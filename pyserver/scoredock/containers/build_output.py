"""What a build of a Dockerfile says as it goes: steps, output, and why it failed."""

from __future__ import annotations

import re

from scoredock import l10n
from scoredock.containers.failures import refused
from scoredock.containers.long_calls import Event, failure_in
from scoredock.errors import DiskFull, ScoredockError
from scoredock.progress import Progress

_TAIL = 40
_MADE = re.compile(r" ---> ([0-9a-f]{12})$")
_RAN = re.compile(r" ---> Running in ([0-9a-f]{12})$")
_FIRST = re.compile(r"Step \d+/\d+ : FROM\b", re.IGNORECASE)
_ENDED = re.compile(r"returned a non-zero code: (\d+)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_RED = "\x1b[91m"
"""The builder writes standard error in it."""


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
        """For the daemon's `reason`: `image-build-failed` with step and output, `image-pull-failed` or `disk-full`."""
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
        return ScoredockError("image-build-failed", message, details={"step": self.step, "output": list(self.lines)})

    def _line(self, line: str, complains: bool) -> None:
        if line.startswith("Step "):
            self.step, self.lines, self._cached, self._complaint = line.strip(), [], False, ""
            self._progress.report(self.step)
            return
        if line.startswith(" ---> Using cache"):
            self._cached = True
        elif found := _RAN.match(line):
            self.ran.append(found.group(1))
        elif found := _MADE.match(line):
            if not self._cached and not _FIRST.match(self.step):
                self.between.append(found.group(1))
        elif not line.startswith((" ---> ", "Removing intermediate", "Successfully ")):
            self.lines = [*self.lines[1 - _TAIL :], line]
            if complains:
                self._complaint = line.strip()
        self._progress.output(line)
