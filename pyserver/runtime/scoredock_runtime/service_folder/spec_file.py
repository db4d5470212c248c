"""The spec of a service as its parent reads and writes it."""

from __future__ import annotations

import dataclasses
import os

from scoredock_runtime import contract
from scoredock_runtime.service_folder.atomic_write import replace_text
from scoredock_runtime.service_folder.spec_variables import with_variables


def read_spec(path: str) -> contract.ServiceSpec:
    """Raises OSError, and ValueError when it is not a spec that this runtime knows."""
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    try:
        spec = contract.spec_from_json(text)
    except TypeError as fault:
        raise ValueError(str(fault)) from None
    if spec.contract_version > contract.CONTRACT_VERSION:
        raise ValueError(f"it is of version {spec.contract_version}, this runtime knows {contract.CONTRACT_VERSION}")
    if spec.host.startswith("["):
        spec = dataclasses.replace(spec, host=spec.host.strip("[]"))
    return with_variables(spec)


def write_spec(folder: str, spec: contract.ServiceSpec) -> None:
    """Replaces the spec of a service folder at once. Raises OSError; the old one then still stands."""
    replace_text(os.path.join(folder, contract.SPEC_FILE), contract.to_json(spec) + "\n")
