"""Sources of the rules of v2 files, and the files around their examples."""

from __future__ import annotations

from scoredock.analysis.rule import World

LOADER = "azure-ai-ml 1.35, reading of YAML files"
YAML_REFERENCE = "Azure ML CLI v2, YAML reference"
PROJECT = ("src/score.py", "conda.yml", "model/model.pkl")
DEPLOYMENT_WORLD = World("deployment.yml", files=PROJECT)
ENDPOINT_WORLD = World("endpoint.yml")
BATCH_WORLD = World("batch.yml", files=PROJECT)
