"""The environment variables of a worker, and which of them an interpreter takes in only when it starts."""

from __future__ import annotations

import os
from typing import Dict, Mapping

from scoredock_runtime import contract
from scoredock_runtime.contract_variables import MARKER

_LAUNCHER = ("PYTHONHOME", "__PYVENV_LAUNCHER__")
"""Of the interpreter that runs the parent; a worker has its own."""

OF_ONE_REVISION = frozenset(
    (
        "AML_APP_ROOT",
        "AZUREML_ENTRY_SCRIPT",
        "AZUREML_MODEL_DIR",
        "AZUREML_SOURCE_DIRECTORY",
        "SERVICE_NAME",
        "PWD",
        MARKER,
    )
)
"""Where a revision lies. No package looks at these while it is imported."""

_AT_START = ("PYTHON", "LD_", "MALLOC_", "LC_")
_AT_START_NAMES = frozenset(("GLIBC_TUNABLES", "LANG", "LANGUAGE", "TZ"))


def worker_environment(spec: contract.ServiceSpec, marker: str) -> Dict[str, str]:
    """All variables of a worker: what the parent has, what the service says, and as in v1 the person's own win."""
    environment = {key: value for key, value in os.environ.items() if key not in _LAUNCHER}
    environment.update(
        AML_APP_ROOT=spec.root,
        AZUREML_ENTRY_SCRIPT=spec.script_below_root,
        PWD=spec.root,
    )
    given = {
        "AZUREML_MODEL_DIR": spec.model_dir,
        "AZUREML_SOURCE_DIRECTORY": "" if spec.working_directory else spec.source_directory,
        "SERVICE_NAME": spec.name,
    }
    for name, value in given.items():
        # None of the shell's that started the parent.
        environment.pop(name, None)
        if value:
            environment[name] = value
    environment.update(spec.environment)
    environment[MARKER] = marker
    # As in v1, "python" in a script is that of its packages, and no other of the machine or the image.
    programs = os.path.dirname(spec.script_python or spec.python)
    path = environment.get("PATH") or os.defpath
    if programs and path.split(os.pathsep)[0] != programs:
        environment["PATH"] = f"{programs}{os.pathsep}{path}"
    return environment


_MADE_UP_FOR = frozenset(("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"))
"""Of those that an interpreter reads at its start, what a forked worker can still do (see template/template.py)."""


def read_at_start(environment: Mapping[str, str]) -> Dict[str, str]:
    """Variables that an interpreter or the C library reads when the program starts: a fork cannot change them."""
    return {
        name: value
        for name, value in environment.items()
        if (name.startswith(_AT_START) or name in _AT_START_NAMES) and name not in _MADE_UP_FOR
    }


def without_revision_places(environment: Mapping[str, str]) -> Dict[str, str]:
    """Variables that a package may have looked at while it was imported: all but the places of a revision."""
    return {name: value for name, value in environment.items() if name not in OF_ONE_REVISION}
