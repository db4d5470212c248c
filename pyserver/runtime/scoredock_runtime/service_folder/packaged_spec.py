"""A spec that was written before anyone knew where it will run, made complete when the service starts there.

The keys of a packaged service are handed to the container when it starts: no image holds them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import secrets
import sys
from typing import List, Mapping

from scoredock_runtime.contract import (
    KEY_DIGESTS_SECRET,
    NONCE_SECRET,
    ROUTES_FILE,
    SECRETS_FOLDER,
    SPEC_FILE,
    TOKEN_SECRET,
    Authentication,
    Routes,
    ServiceSpec,
    routes_from,
)
from scoredock_runtime.service_folder.spec_file import MOST_WORKERS, read_spec

DIGESTS_VARIABLE = "SCOREDOCK_KEY_DIGESTS"
"""Hex SHA-256 of each key that opens the service, separated by commas."""
KEYS_FILE = "/run/secrets/scoredock_keys"
"""A mounted file that says the same, one digest a line; where Docker and Compose put secrets."""

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_LARGEST = 100_000


def complete_spec(spec: ServiceSpec, folder: str, mounted: str = SECRETS_FOLDER) -> ServiceSpec:
    """The spec with what a packaged one leaves open filled in; one that is complete comes back as it is.

    A router in a container has its routes beside its spec.

    Without a nonce that of the `mounted` Secret is taken, else a new one is made, which nobody but this start knows;
    without an interpreter the one that runs is taken; relative paths start at `folder`, where the spec lies; who may
    call is handed in where the spec asks for keys and knows none. Raises ValueError when nothing is handed in then.
    A variable with digests closes a service whose spec asks for none as well: its image may be of a cluster, where keys
    are not part of an image, and whoever hands in digests means them.
    WORKER_COUNT of the container goes before what was packaged: whoever runs several containers has replicas in them.
    """
    asked = spec.authentication or (Authentication([]) if os.environ.get(DIGESTS_VARIABLE, "").strip() else None)
    workers = os.environ.get("WORKER_COUNT", "")
    if not spec.nonce and workers.isdecimal() and 0 < int(workers[:5]) <= MOST_WORKERS:
        spec = dataclasses.replace(spec, worker_count=int(workers))
    if not spec.nonce and asked is not None and not asked.key_digests and not asked.token_secret:
        spec = dataclasses.replace(spec, authentication=keys_from_environment(os.environ, mounted=mounted))
    if spec.routes_folder:
        spec = dataclasses.replace(spec, routes=_newest_routes(spec.routes_folder, folder))
    return dataclasses.replace(
        spec,
        nonce=spec.nonce or _text(os.path.join(mounted, NONCE_SECRET)).strip() or secrets.token_hex(32),
        python=spec.python or sys.executable,
        app_root=_absolute(spec.app_root, folder),
        script_python=_absolute(spec.script_python, folder) if spec.script_python else "",
        model_dir=_absolute(spec.model_dir, folder) if spec.model_dir else "",
    )


def _newest_routes(mounted: str, folder: str) -> Routes:
    """Newest of the routes that are mounted, which a node brings up to date after some time, and those that the router
    was given last while it ran. Raises ValueError."""
    try:
        with open(os.path.join(mounted, ROUTES_FILE), encoding="utf-8") as stream:
            routes = routes_from(json.loads(stream.read(_LARGEST)))
    except OSError as fault:
        raise ValueError(str(fault)) from None
    kept = None
    with contextlib.suppress(OSError):  # it was given none yet
        kept = read_spec(os.path.join(folder, SPEC_FILE)).routes
    return kept if kept is not None and kept.turn > routes.turn else routes


def _absolute(path: str, folder: str) -> str:
    return os.path.normpath(os.path.join(folder, path))


def keys_from_environment(
    environment: Mapping[str, str], file: str = KEYS_FILE, mounted: str = SECRETS_FOLDER
) -> Authentication:
    """Authentication of callers, as variable, file and the `mounted` Secret of a cluster say it together.

    Raises ValueError when neither names a digest or one is malformed: a service that was packaged with keys must never
    stand open because somebody forgot to hand them in.
    """
    of_cluster = _lines(os.path.join(mounted, KEY_DIGESTS_SECRET))
    written = [*environment.get(DIGESTS_VARIABLE, "").split(","), *_lines(file), *of_cluster]
    digests = [digest.strip().lower() for digest in written if digest.strip()]
    token_secret = _text(os.path.join(mounted, TOKEN_SECRET)).strip().lower()
    if not digests and not token_secret:
        raise ValueError(f"the service asks for keys: give the SHA-256 of each in {DIGESTS_VARIABLE} or in {file}")
    for digest in digests:
        if not _DIGEST.fullmatch(digest):
            # Perhaps a key itself, so it is not repeated.
            raise ValueError(f"{DIGESTS_VARIABLE} and {file} take digests of 64 hexadecimal digits, not keys")
    if not _HEX.fullmatch(token_secret):
        raise ValueError(f"{os.path.join(mounted, TOKEN_SECRET)} is not hexadecimal")
    return Authentication(list(dict.fromkeys(digests)), token_secret)


def _lines(file: str) -> List[str]:
    return _text(file).splitlines()


def _text(file: str) -> str:
    """Empty where there is no such file."""
    try:
        with open(file, encoding="ascii", errors="replace") as stream:
            return stream.read(_LARGEST)
    except OSError:
        if os.path.exists(file):
            raise ValueError(f"{file} cannot be read by the account of the service") from None
        return ""
