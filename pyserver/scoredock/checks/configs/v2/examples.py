"""The small files that the rules show as examples."""

from __future__ import annotations

from scoredock.analysis.rule import World
from scoredock.formats.v2.kinds import SCHEMA_HOST

LOADER = "azure-ai-ml 1.35, reading of YAML files"
YAML_REFERENCE = "Azure ML CLI v2, YAML reference"
PROJECT = ("src/score.py", "conda.yml", "model/model.pkl")
DEPLOYMENT_WORLD = World("deployment.yml", files=PROJECT)
ENDPOINT_WORLD = World("endpoint.yml")
BATCH_WORLD = World("batch.yml", files=PROJECT)
ENVIRONMENT_WORLD = World("environment.yml", files=PROJECT)


def endpoint(*keys: str, name: str = "diabetes-endpoint", schema: str = "managedOnlineEndpoint") -> str:
    """An online endpoint with further keys."""
    head = f"$schema: {SCHEMA_HOST}{schema}.schema.json\nname: {name}\n"
    return head + "".join(f"{key}\n" for key in keys or ("auth_mode: key",))


def deployment(*keys: str, name: str = "blue") -> str:
    """A managed online deployment with further keys."""
    return (
        f"$schema: {SCHEMA_HOST}managedOnlineDeployment.schema.json\n"
        f"name: {name}\nendpoint_name: diabetes-endpoint\ninstance_type: Standard_DS3_v2\n"
        + "".join(f"{key}\n" for key in keys)
    )


def kubernetes(*keys: str) -> str:
    """A Kubernetes online deployment with further keys."""
    return (
        f"$schema: {SCHEMA_HOST}kubernetesOnlineDeployment.schema.json\n"
        "name: blue\nendpoint_name: diabetes-endpoint\ntype: kubernetes\n" + "".join(f"{key}\n" for key in keys)
    )


def batch(*keys: str) -> str:
    """A batch deployment with further keys."""
    return (
        f"$schema: {SCHEMA_HOST}batchDeployment.schema.json\n"
        "name: nightly\nendpoint_name: diabetes-batch\n" + "".join(f"{key}\n" for key in keys)
    )


def environment(*keys: str) -> str:
    """An environment with further keys."""
    return f"$schema: {SCHEMA_HOST}environment.schema.json\nname: diabetes-env\n" + "".join(f"{key}\n" for key in keys)
