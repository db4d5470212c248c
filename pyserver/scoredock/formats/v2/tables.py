"""Tables of each kind of file: its keys, its schema and its name."""

from __future__ import annotations

from scoredock.formats.fields import Field
from scoredock.formats.v2.asset_fields import ENVIRONMENT, MODEL
from scoredock.formats.v2.batch_fields import BATCH_DEPLOYMENT, BATCH_ENDPOINT
from scoredock.formats.v2.kinds import SCHEMA_HOST, V2Kind
from scoredock.formats.v2.online_fields import ONLINE_DEPLOYMENT, ONLINE_ENDPOINT

FIELDS: dict[V2Kind, tuple[Field, ...]] = {
    "online-endpoint": ONLINE_ENDPOINT,
    "online-deployment": ONLINE_DEPLOYMENT,
    "batch-endpoint": BATCH_ENDPOINT,
    "batch-deployment": BATCH_DEPLOYMENT,
    "environment-asset": ENVIRONMENT,
    "model-asset": MODEL,
}
REQUIRED: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {
    ("scale_settings",): (("type", "default"),),
    ("identity",): (("type", "system_assigned"),),
    ("data_collector",): (("collections", '{model_inputs: {enabled: "true"}}'),),
    ("environment", "inference_config"): (
        ("liveness_route", "{port: 8080, path: /}"),
        ("readiness_route", "{port: 8080, path: /}"),
        ("scoring_route", "{port: 8080, path: /score}"),
    ),
    ("inference_config",): (
        ("liveness_route", "{port: 8080, path: /}"),
        ("readiness_route", "{port: 8080, path: /}"),
        ("scoring_route", "{port: 8080, path: /score}"),
    ),
    **{
        (*above, route): (("port", "8080"), ("path", "/"))
        for above in (("environment", "inference_config"), ("inference_config",))
        for route in ("liveness_route", "readiness_route", "scoring_route")
    },
}
"""Keys that an object inside of the file must have, with a value to begin with."""
NAMES: dict[V2Kind, tuple[tuple[str, str], ...]] = {
    "online-endpoint": (("name", "my-endpoint"),),
    "online-deployment": (("name", "blue"), ("endpoint_name", "my-endpoint")),
    "batch-endpoint": (("name", "my-endpoint"),),
    "batch-deployment": (("name", "default"), ("endpoint_name", "my-endpoint")),
    "environment-asset": (("name", "my-env"),),
    "model-asset": (("name", "my-model"),),
}
"""Keys that the command line may give instead of the file."""


def schema_address(kind: V2Kind, *, kubernetes: bool = False) -> str:
    """The address that the `$schema` of a file of this kind has."""
    names: dict[V2Kind, str] = {
        "online-endpoint": "kubernetesOnlineEndpoint" if kubernetes else "managedOnlineEndpoint",
        "online-deployment": "kubernetesOnlineDeployment" if kubernetes else "managedOnlineDeployment",
        "batch-endpoint": "batchEndpoint",
        "batch-deployment": "batchDeployment",
        "environment-asset": "environment",
        "model-asset": "model",
    }
    return f"{SCHEMA_HOST}{names[kind]}.schema.json"
