"""Variables of Azure Pipelines: their names have no case, and `$(name)` stands for their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from scoredock import l10n
from scoredock.contrib.pipelines.domain.expressions.azure_functions import dated
from scoredock.contrib.pipelines.domain.expressions.tokens import ExpressionFault
from scoredock.contrib.pipelines.domain.running.start import RunStart

_MACRO = re.compile(r"\$\(([A-Za-z_][\w. -]*)\)")
_TOKEN = re.compile(r"\$\((Date|Year|Rev):([^()]*)\)|\$\(([A-Za-z]+)\)", re.IGNORECASE)
_LONGEST = 1_000_000
_DEEPEST = 50
_REASONS = {"pull_request": "PullRequest", "schedule": "Schedule", "manual": "Manual", "workflow_dispatch": "Manual"}


class VariableNames(dict[str, str]):
    """Variables by the names that they were written with last."""

    def __init__(self, *sources: Mapping[str, str]) -> None:
        super().__init__()
        self._spelled: dict[str, str] = {}
        for pairs in sources:
            self.take(pairs)

    def take(self, pairs: Mapping[str, str]) -> None:
        """Updates the variables; one whose name differs in case only is replaced."""
        for name, text in pairs.items():
            before = self._spelled.get(name.lower())
            if before is not None and before != name:
                self.pop(before, None)
            self._spelled[name.lower()] = name
            self[name] = text

    def find(self, name: str) -> str | None:
        return self.get(self._spelled.get(name.lower(), name))

    def texts(self) -> dict[str, str]:
        """Variables with the values of those that they name. Raises ExpressionFault."""
        return {name: self.filled(text) for name, text in self.items()}

    def filled(self, text: str, outer: tuple[str, ...] = ()) -> str:
        """`$(name)` with the values of variables, and theirs; what has no value, or is its own value, is the shell's.
        Raises ExpressionFault for what becomes too long."""
        if "$(" not in text:
            return text
        length = 0

        def value(match: re.Match[str]) -> str:
            nonlocal length
            name = match.group(1).lower()
            inner = None if name in outer or len(outer) > _DEEPEST else self.find(name)
            result = match.group() if inner is None else self.filled(inner, (*outer, name))
            length += len(result)
            if length > _LONGEST:
                raise ExpressionFault(l10n.t("The expression makes more than {most:,} characters.", most=_LONGEST))
            return result

        return _MACRO.sub(value, text)


def run_number(form: str, variables: VariableNames, time: datetime) -> str:
    """Name of a run, from Azure Pipelines' tokens of date and revision, and variables. Raises ExpressionFault."""
    tokens = {
        "dayofmonth": f"{time.day}",
        "dayofyear": f"{time.timetuple().tm_yday}",
        "hours": f"{time.hour}",
        "minutes": f"{time.minute}",
        "month": f"{time.month}",
        "seconds": f"{time.second}",
        "builddefinitionname": variables.get("Build.DefinitionName", ""),
        "buildid": variables.get("Build.BuildId", ""),
        "sourcebranchname": variables.get("Build.SourceBranchName", ""),
        "teamproject": variables.get("System.TeamProject", ""),
    }

    def token(match: re.Match[str]) -> str:
        word, form_of_it, name = match.groups()
        if word is None:
            return tokens.get(name.lower(), match.group())
        if word.lower() == "rev":
            digits = form_of_it.count("r")
            return form_of_it.replace("r" * digits, "1".rjust(digits, "0")) if digits else match.group()
        return dated(form_of_it, time)

    return variables.filled(_TOKEN.sub(token, form))[:255]


UNSURE: Mapping[str, str] = {
    "build.sourcebranch": "branch",
    "build.sourcebranchname": "branch",
    "sourcebranchname": "branch",
    "build.sourceversion": "commit",
    "build.repository.name": "repository",
    "build.repository.uri": "repository",
    "system.teamproject": "repository",
}
"""Variables that stand for what git may not know, which `RunStart.unsure` names."""


class PlatformFacts(NamedTuple):
    """Variables of the platform that templates see as well."""

    values: Mapping[str, str]
    unsure: frozenset[str] = frozenset()
    """Names in lower case of those that stand for what nobody knows."""


def facts_of(branch: str, commit: str, repository: str, event: str, file: str) -> dict[str, str]:
    """Variables of the platform that templates see as well."""
    reason = {"Build.Reason": _REASONS.get(event.lower(), "IndividualCI")} if event else {}
    return {
        **reason,
        "Build.DefinitionName": Path(file).stem,
        "Build.Repository.Name": repository.rpartition("/")[2],
        "Build.Repository.Provider": "Git",
        "Build.SourceBranch": f"refs/heads/{branch}",
        "Build.SourceBranchName": branch.rpartition("/")[2],
        "Build.SourceVersion": commit,
        "System.CollectionUri": "",
        "System.TeamProject": repository.partition("/")[0],
    }


def of_the_agent(start: RunStart) -> dict[str, str]:
    """Variables of the machine that runs a job."""
    artifacts = f"{start.workspace}/a"
    return {
        "Agent.BuildDirectory": start.workspace,
        "Agent.JobStatus": "Succeeded",
        "Agent.Name": "local",
        "Agent.OS": "Linux",
        "Agent.OSArchitecture": "X64",
        "Agent.TempDirectory": f"{start.workspace}/temp",
        "Agent.ToolsDirectory": f"{start.workspace}/tools",
        "Build.ArtifactStagingDirectory": artifacts,
        "Build.StagingDirectory": artifacts,
        "Build.BinariesDirectory": f"{start.workspace}/b",
        "Build.BuildId": start.number,
        "Build.Repository.LocalPath": start.root,
        "Build.Repository.Uri": Path(start.root).as_uri(),
        "Build.SourcesDirectory": start.root,
        "Common.TestResultsDirectory": f"{start.workspace}/TestResults",
        "Pipeline.Workspace": start.workspace,
        "SourceBranchName": start.branch.rpartition("/")[2],
        "System.ArtifactsDirectory": artifacts,
        "System.DefaultWorkingDirectory": start.root,
        "TF_BUILD": "True",
    }
