"""Versions that were proposed for an environment, kept in the folder of a workspace: to look for them takes minutes,
and a script that is run again asks for the same."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from scoredock import __version__, l10n
from scoredock.data_folder import make_private
from scoredock.environments.pip.locks import without_credentials
from scoredock.environments.settings import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec
from scoredock.environments.versions.model_needs import PackageNeeds
from scoredock.environments.versions.nearest import PinChange, Suggestion
from scoredock.environments.versions.python_target import PythonTarget
from scoredock.late_dataclass import dataclass
from scoredock.record_check import document_of, require_field_types

_FORMAT = 1
_MOST = 50
"""Answers of a workspace; the oldest ones go."""


@dataclass(frozen=True, slots=True)
class KeptProposal:
    """A suggestion as it is kept."""

    time: float
    """When it was looked for."""
    python: str
    requirements: tuple[str, ...]
    changed: tuple[PinChange, ...]
    impossible: tuple[str, ...]
    warning: str

    @classmethod
    def of(cls, suggestion: Suggestion) -> KeptProposal:
        names = ("python", "requirements", "changed", "impossible", "warning")
        return cls(time.time(), **{name: getattr(suggestion, name) for name in names})


@dataclass(frozen=True, slots=True)
class ProposalInputs:
    """Inputs that an answer depends on, besides the packages of the index."""

    spec: EnvironmentSpec
    target: PythonTarget
    """The Python that it was looked for first."""
    settings: EnvironmentSettings
    needs: PackageNeeds
    models: tuple[str, ...]
    """Digests of the models that are named, of whose pickles each could be loaded."""


class KeptAnswers:
    """The one to a question, among others about the same file of the person's."""

    def __init__(self, workspace: Path, source: str, question: ProposalInputs) -> None:
        self._folder = workspace / "environments" / "suggestions"
        self._source = _digest(os.path.realpath(source))
        needs = question.needs
        rest = (
            _FORMAT,
            __version__,
            replace(question.spec, source="", display_name="", notes=()),
            sys.version,
            question.target,
            question.settings,
            sorted((name, value) for name, value in os.environ.items() if name.startswith(("UV_", "PIP_"))),
            sorted(needs.made_with.items()),
            sorted((name, str(bound)) for name, bound in needs.bounds.items()),
            question.models,
            l10n.language(),
        )
        self.path = self._folder / f"{self._source}-{_digest(repr(rest))}.json"

    def read(self) -> KeptProposal | None:
        """Kept proposal; None if there is none, or only what a process that was killed left of one. Never raises."""
        try:
            document = document_of(self.path)
            fields: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
            }
            answer = KeptProposal(**{**fields, "changed": tuple(PinChange(**each) for each in fields["changed"])})
            require_field_types(answer)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return answer

    def keep(self, suggestion: Suggestion) -> None:
        """One that loads no model is not kept: it is of no use, and what it lacks may come. Never raises."""
        has_secrets = any(without_credentials(line) != line for line in suggestion.requirements)
        if has_secrets or not suggestion.loads_models:
            return
        with contextlib.suppress(OSError):
            make_private(self._folder)
            answer = KeptProposal.of(suggestion)
            temporary = self.path.with_suffix(f".{os.getpid()}.tmp")
            temporary.write_text(json.dumps(asdict(answer)), "utf-8")
            temporary.replace(self.path)
            self._remove_old()

    def forget(self) -> None:
        """All about the file. Never raises."""
        with contextlib.suppress(OSError):
            for old in self._folder.glob(f"{self._source}-*"):
                old.unlink(missing_ok=True)

    def _remove_old(self) -> None:
        by_age = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in by_age[_MOST:]:
            path.unlink(missing_ok=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
