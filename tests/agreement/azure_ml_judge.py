"""Asks the loader of Azure ML v2 itself; run by a Python that has azure-ai-ml and nothing of ours.

Reads a JSON list of {id, kind, path} from standard input and prints a JSON object id → what was said, empty where the
file was taken. It goes as far as a command goes before the network: load, look at the script, look for the files that
would be sent, make the message for Azure.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import sys
import warnings
from pathlib import Path
from typing import Any


def load(kind: str, path: str) -> None:
    ml: Any = importlib.import_module("azure.ai.ml")
    if kind == "online-deployment":
        made = ml.load_online_deployment(path)
    elif kind == "batch-deployment":
        made = ml.load_batch_deployment(path)
    elif kind == "online-endpoint":
        made = ml.load_online_endpoint(path)
    else:
        made = ml.load_batch_endpoint(path)
    if kind.endswith("endpoint"):
        made._to_rest_online_endpoint("westeurope") if kind.startswith("online") else made._to_rest_batch_endpoint("x")
        return
    if kind == "online-deployment" and made.code_configuration is not None:
        importlib.import_module("azure.ai.ml._utils._endpoint_utils").validate_scoring_script(made)
    if hasattr(made.environment, "validate"):
        made.environment.validate()
    base = Path(made.base_path)
    if made.code_configuration is not None and made.code_configuration.code is not None:
        code = Path(made.code_configuration.code)
        if not (base / code).exists():
            raise FileNotFoundError(str(code))
    place = getattr(made.model, "path", None)
    if place is not None and "://" not in str(place) and not (base / place).exists():
        raise FileNotFoundError(str(place))
    made.code_configuration = made.model = made.environment = None  # of which Azure gets ids only
    made._to_rest_object(location="westeurope")


def main() -> None:
    """Ask about all."""
    warnings.simplefilter("ignore")
    logging.disable()
    results = {}
    for case in json.load(sys.stdin):
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                load(case["kind"], case["path"])
        except Exception as error:
            results[case["id"]] = f"{type(error).__name__}: {error}"[:2000]
        else:
            results[case["id"]] = ""
    print(json.dumps(results))


if __name__ == "__main__":
    main()
