"""What azure-ai-ml makes of online endpoints and deployments; run by a Python that has it and nothing of ours.

Reads a JSON list of paths from standard input and prints a JSON object: `files`, path → what its own loader says
against the file, empty where it loads; `fields`, kind → the fields that its schema takes, those of sections with a dot.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ml: Any = importlib.import_module("azure.ai.ml")
yaml: Any = importlib.import_module("yaml")
deployments: Any = importlib.import_module("azure.ai.ml._schema._deployment.online.online_deployment")
endpoints: Any = importlib.import_module("azure.ai.ml._schema._endpoint")
SCHEMAS = {
    "managed deployment": deployments.ManagedOnlineDeploymentSchema,
    "kubernetes deployment": deployments.KubernetesOnlineDeploymentSchema,
    "managed endpoint": endpoints.ManagedOnlineEndpointSchema,
    "kubernetes endpoint": endpoints.KubernetesOnlineEndpointSchema,
}
SHARED = {"model", "environment"}
"""Assets, which have schemas of their own."""


def judge(path: str) -> str:
    document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    load = ml.load_online_deployment if "endpoint_name" in document else ml.load_online_endpoint
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            load(path)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:2000]
    return ""


def fields(schema: Any, above: str = "") -> Iterator[str]:
    for name, field in schema.fields.items():
        if field.dump_only:
            continue
        path = f"{above}{field.data_key or name}"
        yield path
        if path not in SHARED:
            for below in nested(field):
                yield from fields(below, f"{path}.")


def nested(field: Any) -> Iterator[Any]:
    inner = getattr(field, "_experimental_field", None) or field
    for each in getattr(inner, "_union_fields", None) or [inner]:
        if hasattr(each, "nested"):
            yield each.schema


def main() -> None:
    """Judge all."""
    warnings.simplefilter("ignore")
    logging.disable()
    context = {"base_path": "."}
    judged = {path: judge(path) for path in json.load(sys.stdin)}
    known = {kind: sorted(set(fields(schema(context=context)))) for kind, schema in SCHEMAS.items()}
    print(json.dumps({"files": judged, "fields": known}))


if __name__ == "__main__":
    main()
