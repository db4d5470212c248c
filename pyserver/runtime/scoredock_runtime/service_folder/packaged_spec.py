"""A spec that was written before anyone knew where it will run, made complete when the service starts there."""

from __future__ import annotations

import dataclasses
import os
import secrets
import sys

from scoredock_runtime.contract import ServiceSpec
from scoredock_runtime.service_folder.packaged_keys import handed_keys


def completed(spec: ServiceSpec, folder: str) -> ServiceSpec:
    """What a packaged spec leaves open, filled in; a spec that is complete comes back as it is.

    Without a nonce a new secret is made, which nobody but this start knows; without an interpreter the one that runs is
    taken; relative paths start at `folder`, where the spec lies; who may call is handed in where the spec asks for keys and
    knows none. Raises ValueError when nothing is handed in then.
    """
    asked = spec.authentication
    if not spec.nonce and asked is not None and not asked.key_digests and not asked.token_secret:
        spec = dataclasses.replace(spec, authentication=handed_keys(os.environ))
    return dataclasses.replace(
        spec,
        nonce=spec.nonce or secrets.token_hex(32),
        python=spec.python or sys.executable,
        app_root=_absolute(spec.app_root, folder),
        model_dir=_absolute(spec.model_dir, folder) if spec.model_dir else "",
    )


def _absolute(path: str, folder: str) -> str:
    return os.path.normpath(os.path.join(folder, path))
