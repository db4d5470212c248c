"""What the core knows of pipelines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scoredock.features.contribution import ClientPart, Contribution
from scoredock.protocol.messages.notifications import Notification


class _Pipelines(Contribution):
    noun = "pipeline"
    help = "Pipelines of GitHub Actions, Azure Pipelines and GitLab CI: write, run here, rewrite."

    def notifications(self) -> Sequence[Notification]:
        from scoredock.contrib.pipelines.messages import PipelineOutput

        return (Notification("scoredock/pipeline/output", PipelineOutput, "server"),)

    def for_client(self, push: Callable[[Any], None]) -> Sequence[ClientPart]:
        from scoredock.contrib.pipelines.verbs.runs import PipelineRuns

        return (PipelineRuns(push),)


CONTRIBUTION = _Pipelines()
