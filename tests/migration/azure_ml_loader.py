"""Loads files of Azure ML v2 with azure-ai-ml's own loaders; run by a Python that has it and nothing of ours.

Reads a JSON list of paths from standard input and prints a JSON object path → what is wrong, empty where the file loads
and comes back equal: everything that it says is in the entity, and the entity, written down and loaded again, says the
same.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ml: Any = importlib.import_module("azure.ai.ml")
yaml: Any = importlib.import_module("yaml")
LOADERS = {
    "model": ml.load_model,
    "environment": ml.load_environment,
    "managedOnlineEndpoint": ml.load_online_endpoint,
    "kubernetesOnlineEndpoint": ml.load_online_endpoint,
    "managedOnlineDeployment": ml.load_online_deployment,
    "kubernetesOnlineDeployment": ml.load_online_deployment,
    "batchEndpoint": ml.load_batch_endpoint,
    "batchDeployment": ml.load_batch_deployment,
}
SHORT = {"nvidia.com/gpu": "gpu"}
"""How azure-ai-ml itself writes down what it reads under a longer name."""
PATHS = ("path", "code")
"""Keys whose values come back as absolute paths."""


def differences(written: Any, loaded: Any, base: Path, where: str = "") -> list[str]:
    """What a file says and the entity does not."""
    if isinstance(written, Mapping):
        if not isinstance(loaded, Mapping):
            return [f"{where}: {loaded!r}"]
        found = []
        for key, value in written.items():
            if key == "conda_file":
                value = yaml.safe_load((base / value).read_text(encoding="utf-8"))
            key = SHORT.get(key, key)
            if key not in loaded:
                found.append(f"{where}.{key} is lost")
            elif key in PATHS and isinstance(value, str):
                found += [] if same_path(value, loaded[key], base) else [f"{where}.{key}: {loaded[key]!r}"]
            else:
                found += differences(value, loaded[key], base, f"{where}.{key}")
        return found
    if isinstance(written, list):
        return [] if written == loaded else [f"{where}: {loaded!r}"]
    return [] if written == loaded or str(written) == str(loaded) else [f"{where}: {written!r} is {loaded!r}"]


def same_path(written: str, loaded: str, base: Path) -> bool:
    place = base / written
    shown = str(loaded).removeprefix("azureml:")
    return place.exists() and (base / shown).resolve() == place.resolve()


def judge(path: Path) -> list[str]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    schema = document.pop("$schema").rsplit("/", 1)[-1].split(".")[0]
    load = LOADERS[schema]
    entity = load(str(path))
    if schema == "environment":
        entity.validate()
    told = plain(entity)
    found = differences(document, told, path.parent)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        again = Path(folder) / path.name
        again.write_text(yaml.safe_dump(told), encoding="utf-8")
        if plain(load(str(again))) != told:
            found.append("it is another one when it is loaded again")
    return found


def plain(entity: Any) -> Any:
    return json.loads(json.dumps(entity._to_dict(), default=str))


def main() -> None:
    """Judge all."""
    warnings.simplefilter("ignore")
    logging.disable()
    results = {}
    for name in json.load(sys.stdin):
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                found = judge(Path(name))
        except Exception as error:
            found = [f"{type(error).__name__}: {error}"[:2000]]
        results[name] = "; ".join(found)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
