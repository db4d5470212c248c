"""What the schema decorators say of run(), as JSON for the worker, which describes the service."""

import json
from typing import Any, Dict, Optional

from scoredock_runtime.script_process.entry_script import EntryScript


class _NoJson(Exception):
    """Its text is the name of the type that JSON cannot carry."""


def described(script: EntryScript) -> Optional[Dict[str, Any]]:
    """`input`, `output` (None where that is not described) and `versions`; None for a run() without decorators. What is
    no JSON is {"no_json": type}."""
    if script.schemas is None:
        return None
    schemas = script.schemas
    return {
        "input": _fragment(schemas.get_input_schema, script.run),
        "output": _fragment(schemas.get_output_schema, script.run),
        "versions": [str(each) for each in schemas.get_supported_versions(script.run)],
    }


def _fragment(read: Any, run: Any) -> Optional[Dict[str, Any]]:
    try:
        fragment = read(run)
    except Exception:
        return None  # only one side is described
    try:
        return {"schema": json.loads(json.dumps(fragment, default=_refuse))}
    except _NoJson as fault:
        return {"no_json": str(fault)}
    except ValueError as fault:
        return {"no_json": type(fault).__name__}


def _refuse(value: Any) -> Any:
    raise _NoJson(type(value).__name__)
