"""The text of a pipeline."""

from __future__ import annotations

from scoredock.pipelines.pipeline import Platform
from scoredock.pipelines.written import azure, github, gitlab
from scoredock.pipelines.written.project import PipelineProject

PLACES: dict[Platform, str] = {
    "github": ".github/workflows/scoredock.yml",
    "azure": "azure-pipelines.yml",
    "gitlab": ".gitlab-ci.yml",
}
"""Where each platform looks, or asks for."""
_TEXTS = {"github": github.lines, "azure": azure.lines, "gitlab": gitlab.lines}


def written(platform: Platform, project: PipelineProject) -> str:
    """The whole file."""
    return "\n".join(_TEXTS[platform](project)) + "\n"
