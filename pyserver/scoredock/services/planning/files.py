"""Reading of the files of a deployment, with limits, and what is found and noted on the way."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path

from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import ProjectSettings
from scoredock.analysis.result_cache import Answers, noting
from scoredock.analysis.text_digest import text_digest
from scoredock.checks.check import apply_settings
from scoredock.checks.encoding import encoding_findings
from scoredock.environments.pip.uv_cache import is_known_to_uv
from scoredock.file_text import USUAL
from scoredock.registry import ModelVersion, Registry
from scoredock.registry.assets.assets import Assets
from scoredock.registry.assets.environment_names import environment_versions
from scoredock.registry.blobs.plain_files import readable_text
from scoredock.services.own_file import OwnFile
from scoredock.services.planning.findings import LocatedFinding, require_checked
from scoredock.services.planning.pickle_contents import pickle_of
from scoredock.services.planning.project import PROJECTS
from scoredock.services.planning.reading import SCRIPT_BYTES, listing, read_file_text, readable

_CONFIG_BYTES = 1_000_000
_NO_OWN_FILE = OwnFile("", "")


class Files:
    """Reads the files of one deployment and collects what is found in them and noted; the checks know them by
    `facts`."""

    def __init__(
        self,
        registry: Registry,
        *,
        contained: bool = False,
        own: OwnFile = _NO_OWN_FILE,
        answers: Answers | None = None,
    ) -> None:
        """`own` is the person's file behind a configuration that a program wrote; what was looked at is noted in
        `answers`."""
        self._answers = answers
        self.registry = registry
        self.own = own
        self.contained = contained
        self.findings: list[LocatedFinding] = []
        self.notes: list[str] = []
        self._settings: dict[Path, ProjectSettings] = {}
        self._read: dict[Path, str] = {}

    @property
    def assets(self) -> Assets:
        """Assets of the workspace."""
        return self.registry.assets

    @cached_property
    def _environments(self) -> dict[str, tuple[int, ...]]:
        return environment_versions(self.registry.assets)

    def text(self, path: Path) -> str:
        """Text of a configuration. Raises what `read_text` raises."""
        text = self._looked_at(path, _CONFIG_BYTES)
        if self._answers is not None:
            self._answers["read", (str(path),)] = text_digest(text)
        return text

    def script_text(self, path: Path) -> str:
        """Text of an entry script. Raises what `read_text` raises."""
        return self._looked_at(path, SCRIPT_BYTES)

    def _looked_at(self, path: Path, limit: int) -> str:
        """Read once, so that all of a deployment sees the same text; with a finding about an encoding that the programs
        which read such files do not read."""
        if path not in self._read:
            read = read_file_text(path, limit)
            self._read[path] = read.text if read.encoding is USUAL else readable_text(read, path)
            if read.encoding.problem == "mark":
                facts = Facts(path=str(path), encoding=read.encoding, settings=self.settings(path))
                self.add(path, encoding_findings(read.text, facts))
        return self._read[path]

    def settings(self, path: Path) -> ProjectSettings:
        """Settings of the project that a file belongs to."""
        folder = path.parent
        if folder not in self._settings:
            self._settings[folder] = PROJECTS.settings(path)
        return self._settings[folder]

    def facts(self, path: Path, deployed: Sequence[ModelVersion] | None = None) -> Facts:
        """Facts for the checks about a file, or about an entry script with the models `deployed` with it."""
        facts = Facts(
            path=str(path),
            exists=os.path.exists,
            is_folder=os.path.isdir,
            listing=listing,
            read=readable,
            is_package=is_known_to_uv,
            models=_by_name(self.registry.trees()) if deployed is not None else None,
            environments=self._environments,
            deployed_models=None if deployed is None else tuple(map(_model_facts, deployed)),
            pickle=partial(pickle_of, self.registry),
            settings=self.settings(path),
        )
        return facts if self._answers is None else noting(facts, self._answers)

    def add(self, path: Path, findings: Sequence[Finding]) -> None:
        """Comments and the project's settings count here as they do in the editor."""
        if not findings:
            return
        facts = Facts(path=str(path), settings=self.settings(path))
        findings = apply_settings(list(findings), self.text(path), facts, unused=False)
        if not self.own.stands_for(str(path)):
            self.findings.extend(LocatedFinding(str(path), finding) for finding in findings)
            return
        text, own = self.text(path), readable(self.own.path) or ""
        for finding in findings:
            meant, is_placed = self.own.finding(finding, text, own)
            self.findings.append(LocatedFinding(self.own.path, meant, is_placed))

    def note(self, sentence: str) -> None:
        """Adds a sentence to the log of the deployment."""
        self.notes.append(sentence)

    def refuse_errors(self) -> None:
        """Raises ScoredockError `check-failed` when a finding so far is an error."""
        require_checked(self.findings, skip_checks=False)


def _model_facts(model: ModelVersion) -> ModelFacts:
    files = tuple(file.path for file in model.files)
    return ModelFacts(
        model.name, model.version, files, model.framework, model.framework_version, tuple(model.tags.items())
    )


def _by_name(trees: Sequence[tuple[str, int, tuple[str, ...]]]) -> dict[str, tuple[ModelFacts, ...]]:
    grouped: dict[str, list[ModelFacts]] = {}
    for name, version, paths in trees:
        grouped.setdefault(name, []).append(ModelFacts(name, version, paths))
    return {name: tuple(versions) for name, versions in grouped.items()}
