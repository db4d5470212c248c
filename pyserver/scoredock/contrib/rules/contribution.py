"""Declares the contribution for deployment rules to the core."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, ClassVar

from scoredock.errors import ScoredockError
from scoredock.features.contribution import Contribution, FolderWatch, Round

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set
    from pathlib import Path

    from scoredock.registry.upkeep.carried_part import CarriedPart


class _Rules(Contribution):
    noun = "rule"
    help = "Deployment rules: new versions of a model go into a service by themselves."
    references: ClassVar = {"name": "rule", "names": "rule"}
    nameless = ("rule/create", "rule/list", "rule/install")

    def names(self, workspace: Path) -> Sequence[str]:
        from scoredock.contrib.rules.domain.rule_folder import rule_names

        return rule_names(workspace)

    def names_of_folder(self, workspace: Path, folder: Path, services: Set[str]) -> Set[str]:
        """Rules that deploy to these services."""
        from scoredock.contrib.rules.domain.rule_folder import rule_folder

        names = set()
        for name in self.names(workspace):
            with contextlib.suppress(ScoredockError):  # one that is damaged is of no folder
                if rule_folder(workspace, name).rule().service in services:
                    names.add(name)
        return names

    def backup(self) -> Sequence[CarriedPart]:
        from scoredock.contrib.rules.domain.rule_backup import CarriedRules

        return (CarriedRules(),)

    def attend(self, now: Round) -> None:
        from scoredock.contrib.rules.messages import RuleRunParams
        from scoredock.contrib.rules.verbs.running import carry_out

        carry_out(RuleRunParams(), now)

    def instruction_times(self, workspace: Path) -> Sequence[tuple[str, int]]:
        from scoredock.contrib.rules.domain.rule_folder import rule_times

        return rule_times(workspace)

    def state_topics(self) -> Mapping[str, FolderWatch]:
        from scoredock.contrib.rules.domain.rule_folder import RuleFiles

        return {"rules": RuleFiles()}


CONTRIBUTION = _Rules()
