"""One check of one open document or notebook, from texts and facts to what the client shows. Any thread may do it."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pygls.uris import from_fs_path

from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import ProjectSettings, effective
from scoredock.formats.client_kinds import sdk_import
from scoredock.late_dataclass import dataclass
from scoredock.lsp.cells import path_of
from scoredock.lsp.diagnostic_wire import ALL, Abilities, diagnostic
from scoredock.protocol import messages
from scoredock.protocol.documents import Document
from scoredock.scripts.facts import FactSource, read_text
from scoredock.services.planning.project import PROJECTS

logger = logging.getLogger(__name__)

LONGEST = 2_000_000
"""Characters that are checked while one types. No file of ours comes near; parsing more would keep everything
waiting."""
_SLOW_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class CheckSubject:
    """Subject of one check: a document, or the Python cells of a notebook, which know one another's names."""

    uri: str
    documents: tuple[Document, ...]
    notebook: bool = False

    @classmethod
    def of(cls, document: Document) -> CheckSubject:
        """A document by itself."""
        return cls(document.uri, (document,))

    @property
    def path(self) -> Path | None:
        """Path of the file; None for what has not been saved yet or lies elsewhere."""
        return path_of(self.uri)


@dataclass(frozen=True, slots=True)
class CheckSurroundings:
    """Environment, models and configuration that a file was checked with, as a person sees them. The facts themselves
    hold the texts of all open documents."""

    environment: str = ""
    """Path of its file or, for a registered one, its name."""
    models: tuple[str, ...] = ()
    configuration: str = ""

    @classmethod
    def of(cls, facts: Facts) -> CheckSurroundings:
        """The part of the facts that a person sees."""
        environment = facts.environment
        return cls(
            environment=(environment.path or environment.name) if environment is not None else "",
            models=tuple(f"{model.name}:{model.version}" for model in facts.deployed_models or ()),
            configuration=facts.configuration,
        )


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Findings of a check. One entry for each document of the subject, in order."""

    subject: CheckSubject
    findings: tuple[tuple[Finding, ...], ...]
    diagnostics: tuple[list[dict[str, Any]], ...]
    kind: str = ""
    """Empty for a file that is not ours."""
    enabled: bool = True
    too_large: bool = False
    surroundings: CheckSurroundings = CheckSurroundings()
    sdk: bool = False
    """Whether it imports the SDK from outside of a service."""

    def told(self) -> messages.DocumentChecked:
        """Message of the result for the language status of the file."""
        counted = Counter(finding.severity for group in self.findings for finding in group)
        return messages.DocumentChecked(
            uri=self.subject.uri,
            kind=self.kind,
            state="off" if not self.enabled else "tooLarge" if self.too_large else "checked",
            errors=counted["error"],
            warnings=counted["warning"],
            others=counted["information"] + counted["hint"],
            environment=self.surroundings.environment,
            models=list(self.surroundings.models),
            configuration=self.surroundings.configuration,
            sdk=self.sdk,
        )


def _nothing(subject: CheckSubject) -> CheckResult:
    return CheckResult(subject, ((),) * len(subject.documents), tuple([] for _ in subject.documents))


class Checker:
    """Checks with the facts and settings of this moment. Never raises."""

    def __init__(self, source: FactSource, enabled: Callable[[], bool], ignored: Callable[[], tuple[str, ...]]) -> None:
        self.able: Abilities = ALL
        """Of the client, once it has said so."""
        self._source = source
        self._enabled = enabled
        self._ignored = ignored

    def invalidate(self) -> None:
        """Files around the documents changed, or their unsaved texts."""
        PROJECTS.forget()
        self._source.invalidate()

    def check(self, subject: CheckSubject) -> CheckResult:
        """Result of a check of the subject. Nothing is read for files that are not ours."""
        nothing = _nothing(subject)
        path = subject.path
        if path is None:
            return nothing
        began = time.monotonic()
        try:
            result = self._check(path, subject, nothing)
        except Exception:
            logger.exception("the checks of %s failed", path)
            return nothing
        seconds = time.monotonic() - began
        if seconds > _SLOW_SECONDS:
            logger.warning("checking %s took %.1f s", path, seconds)
        return result

    def _check(self, path: Path, subject: CheckSubject, nothing: CheckResult) -> CheckResult:
        from scoredock.checks.check import check

        texts = [document.text for document in subject.documents]
        kind = "notebook" if subject.notebook else self._source.kind(path, texts[0])
        if kind is None:
            return nothing
        sdk = kind in ("sdk-script", "notebook") and any(sdk_import(text) is not None for text in texts)
        nothing = replace(nothing, kind=kind, sdk=sdk)
        if not self._enabled():
            return replace(nothing, enabled=False)
        if sum(map(len, texts)) > LONGEST:
            return replace(nothing, too_large=True)
        facts = self._source.facts(path)
        if subject.notebook:
            from scoredock.checks.contributions import check_cells

            groups = check_cells(texts, facts)
        else:
            groups = [check(texts[0], facts, kind)]
        person = ProjectSettings(ignore=self._ignored())
        findings = tuple(
            tuple(effective(effective(group, str(path), facts.settings), str(path), person)) for group in groups
        )
        diagnostics = tuple(
            [diagnostic(one, document, self._others(document, path, facts), self.able) for one in group]
            for document, group in zip(subject.documents, findings, strict=True)
        )
        return replace(nothing, findings=findings, diagnostics=diagnostics, surroundings=CheckSurroundings.of(facts))

    @staticmethod
    def _others(document: Document, path: Path, facts: Facts) -> Callable[[str], Document | None]:
        """Texts that findings point to: the document itself, another one with what is typed in it, or a file."""

        def other(name: str) -> Document | None:
            if name == str(path):
                return document
            text = read_text(Path(name), facts.overlays)
            uri = from_fs_path(name)
            return Document(uri, 0, text, document.encoding) if text is not None and uri else None

        return other
