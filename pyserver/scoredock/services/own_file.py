"""Messages about a file that a program wrote for the person, such as the inference configuration of a script, with the
person's own file in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from scoredock.analysis.finding import Finding
from scoredock.engines.failure import LaunchFailed
from scoredock.environments.spec import suggest_command
from scoredock.errors import Place, ScoredockError
from scoredock.late_dataclass import dataclass
from scoredock.services.request import DeployRequest
from scoredock.text import Position, Range

_POSITION = r"(?:, line \d+|:\d+(?::\d+)?)?"
_NOTEBOOK = ".ipynb"
"""What it has are cells, and a line of its JSON is no place that somebody looks for."""
_SHORTEST = 4
"""Characters of a value that is looked for in the person's file."""


@dataclass(frozen=True, slots=True)
class OwnFile:
    """The person's file behind a generated one; without a path none of the two is known, and all stays as it is."""

    generated: str
    path: str

    @classmethod
    def of(cls, request: DeployRequest) -> OwnFile:
        return cls(request.inference_config, request.inference_source)

    def stands_for(self, path: str) -> bool:
        """True if what is found there is meant to be read in the person's file."""
        return bool(self.path and self.generated) and Path(path) == Path(self.generated)

    def text(self, message: str) -> str:
        """Message with the person's file, without a line number, in place of the generated one."""
        if not self.path or not self.generated:
            return message
        former = rf"scoredock environment suggest '?{re.escape(self.generated)}'?"
        message = re.sub(former, lambda _: suggest_command(Place(self.path)), message)
        bare = rf"(?<![\w./\\-]){re.escape(Path(self.generated).name)}"
        return re.sub(f"(?:{re.escape(self.generated)}|{bare}){_POSITION}", lambda _: self.path, message)

    def error(self, error: ScoredockError) -> ScoredockError:
        """The same error about the person's file."""
        if not self.path or not self.generated:
            return error
        details: Mapping[str, str | list[str]] = {
            key: self.text(value) if isinstance(value, str) else [self.text(str(each)) for each in value]
            for key, value in error.details.items()
        }
        there = error.place is not None and self.stands_for(error.place.path)
        place = Place(self.path) if there else error.place
        message, fix = self.text(error.message), self.text(error.fix)
        if isinstance(error, LaunchFailed):  # with the frames of the script, which say where it failed
            failure = LaunchFailed(error.failure)
            failure.message, failure.fix, failure.place = message, fix, place
            failure.remedies, failure.details = error.remedies, details
            return failure
        return ScoredockError(error.code, message, fix, place, error.remedies, details)

    def finding(self, finding: Finding, text: str, own: str) -> tuple[Finding, bool]:
        """A finding in the text of the generated file as one in `own`, that of the person's, and whether its place is
        known: where a line has the same value. Its repairs are of the other text, and are left out."""
        start, end = finding.range.start, finding.range.end
        line = text.splitlines()[start.line : start.line + 1] or [""]
        value = line[0][start.character : end.character if end.line == start.line else None].strip(" \"',[]{}")
        found = (
            Range(Position(number, each.index(value)), Position(number, each.index(value) + len(value)))
            for number, each in enumerate(() if self.path.endswith(_NOTEBOOK) else own.splitlines())
            if len(value) >= _SHORTEST and value in each
        )
        place = next(found, None)
        there = replace(finding, message=self.text(finding.message), fixes=(), range=place or _NOWHERE)
        return there, place is not None


_NOWHERE = Range(Position(0, 0), Position(0, 0))
