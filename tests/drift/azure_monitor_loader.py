"""Loads monitors with azure-ai-ml; run by a Python that has it and nothing of ours.

Reads paths from the command line and prints a JSON list: of each what azure-ai-ml would send, or why it does not load.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import sys
import warnings
from typing import Any

functions: Any = importlib.import_module("azure.ai.ml.entities._load_functions")


def plain(value: Any) -> Any:
    """Of a REST object."""
    if hasattr(value, "as_dict"):
        return plain(value.as_dict())
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def main() -> None:
    """All of them."""
    warnings.simplefilter("ignore")
    logging.disable()
    results: list[Any] = []
    for path in sys.argv[1:]:
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                monitor = functions.load_schedule(path)
                loaded = json.loads(json.dumps(monitor._to_dict(), default=str))
                monitor.tags = monitor.tags or {}
                sent = plain(monitor._to_rest_object())  # fills in what is not said
            results.append({"kind": type(monitor).__name__, "loaded": loaded, "sent": sent})
        except Exception as error:
            results.append(f"{type(error).__name__}: {error}"[:2000])
    print(json.dumps(results, default=str))


if __name__ == "__main__":
    main()
