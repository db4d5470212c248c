"""Declares the contribution for pipelines to the core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scoredock.features.contribution import ClientPart, Contribution

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scoredock.features.contribution import ShowFaults
    from scoredock.protocol.messages.notifications import Notification


class _Pipelines(Contribution):
    noun = "pipeline"
    help = "Pipelines of GitHub Actions, Azure Pipelines and GitLab CI: write, run here, rewrite."

    def notifications(self) -> Sequence[Notification]:
        from scoredock.contrib.pipelines.messages import PipelineOutput
        from scoredock.protocol.messages.notifications import Notification

        return (Notification("scoredock/pipeline/output", PipelineOutput, "server"),)

    def for_client(self, push: Callable[[Any], None], show_faults: ShowFaults) -> Sequence[ClientPart]:
        from scoredock.contrib.pipelines.verbs.runs import PipelineRuns

        return (PipelineRuns(push),)


CONTRIBUTION = _Pipelines()
