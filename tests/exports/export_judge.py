"""Asks the libraries of the places that exports are for; run by a Python that has them and nothing of ours.

`export_judge.py helm FOLDER VALUES` prints what a chart becomes, `fields MODEL` reads a document from standard input
and prints the names that the REST model of Azure or the model of KServe has not.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import sys
import types
from typing import Any

MODELS = {
    "container-app": ("azure.mgmt.appcontainers.models", "ContainerApp"),
    "container-group": ("azure.mgmt.containerinstance.models", "ContainerGroup"),
    "site": ("azure.mgmt.web.models", "Site"),
    "plan": ("azure.mgmt.web.models", "AppServicePlan"),
    "inference-service": ("kserve.models", "V1beta1InferenceService"),
}


def helm(folder: str, values: str) -> dict[str, Any]:
    from helm_python import chart

    faults = chart.lint(folder, values=json.loads(values))
    rendered = chart.Chart.load(folder).render(values=json.loads(values), name="prices", namespace="team")
    return {"lint": faults, "rendered": rendered}


def fields(model: str, document: Any) -> list[str]:
    module, name = MODELS[model]
    if module.startswith("kserve"):
        # The package itself imports servers; its models need the client of Kubernetes only.
        spec = importlib.util.find_spec("kserve")
        assert spec is not None
        parent = types.ModuleType("kserve")
        parent.__path__ = list(spec.submodule_search_locations or ())
        sys.modules["kserve"] = parent
    models = importlib.import_module(module)
    faults: list[str] = []
    _walk(models, name, document, "", faults)
    return faults


def _walk(models: Any, name: str, value: Any, place: str, faults: list[str]) -> None:
    """Each name of an object must be one of the model that stands there."""
    if isinstance(value, list):
        for each in value:
            _walk(models, name, each, place, faults)
        return
    known = _known(models, name)
    if known is None:
        return
    if not isinstance(value, dict):
        faults.append(f"{place} is no {name}")
        return
    for key, inner in value.items():
        if key not in known:
            faults.append(f"{place}.{key} is not of {name}")
        elif known[key]:
            _walk(models, known[key], inner, f"{place}.{key}", faults)


def _known(models: Any, name: str) -> dict[str, str] | None:
    """Names in JSON with the model of each, empty for a plain value; None for what is not a model."""
    kind = getattr(models, name, None)
    if kind is None and name.startswith("V1") and models.__name__.startswith("kserve"):
        kind = getattr(importlib.import_module("kubernetes.client"), name, None)
    if kind is None:
        return None
    if hasattr(kind, "openapi_types"):
        kinds = {key: _model_in(text) for key, text in kind.openapi_types.items()}
        return {json_name: kinds[key] for key, json_name in kind.attribute_map.items()}
    if hasattr(kind, "_attribute_map"):
        return _classic(kind._attribute_map)
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        for attribute, text in getattr(each, "__annotations__", {}).items():
            field = each.__dict__.get(attribute)
            if type(field).__name__ == "_RestField":
                rest = field._rest_name_input or attribute
                match = re.search(r"_models\.(\w+)", str(text))
                found[rest] = "" if match is None or str(text).lower().startswith("dict") else match.group(1)
    return found or None


def _classic(attributes: dict[str, dict[str, str]]) -> dict[str, str]:
    """Models of before have `properties.x` among their own; the model of `properties` is one of that name."""
    return {each["key"].partition(".")[0]: "" for each in attributes.values() if "." in each["key"]} | {
        each["key"]: _model_in(each["type"]) for each in attributes.values() if "." not in each["key"]
    }


def _model_in(text: str) -> str:
    inner = text.removeprefix("list[").removeprefix("[").rstrip("]")
    return inner if re.fullmatch(r"[A-Z]\w+", inner) else ""


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    answer: Any = helm(*rest) if verb == "helm" else fields(rest[0], json.load(sys.stdin))
    print(json.dumps(answer))
