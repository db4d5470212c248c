"""Provenance of an image, as an in-toto statement in SLSA's form: base, packages, models, and who made it.

Facts: https://slsa.dev/spec/v1.0/provenance, https://github.com/in-toto/attestation/tree/main/spec/v1. It is not
signed: it says what was put together, and proves nothing to who does not trust its place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from scoredock.late_dataclass import dataclass
from scoredock.packaging.package import PackageSource

PROVENANCE: Final = "provenance.json"
STATEMENT: Final = "application/vnd.in-toto+json"
PREDICATE: Final = "https://slsa.dev/provenance/v1"
_BUILD_TYPE: Final = "pkg:generic/scoredock#image-of-content-v1"
_BUILDER: Final = "pkg:generic/scoredock"


@dataclass(frozen=True, slots=True)
class Materials:
    """Materials of an image, besides the models and the script."""

    base: str
    """What the base image is called; empty for a file, which is named by its digest alone."""
    base_digest: str
    """Of its manifest, `sha256:…`."""
    lock: str
    """The locked packages, as they stand in the image."""
    runtime: str
    """Version of the scoring runtime."""
    platform: str


def statement(
    source: PackageSource, title: str, digest: str, materials: Materials, content: str, version: str
) -> bytes:
    """The statement about an image whose manifest has `digest`. It holds no time: equal images, equal statements.

    `content` is the digest of what is in the image beside its base, `version` that of Scoredock.
    """
    document: dict[str, Any] = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": title, "digest": _digest(digest)}],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": _BUILD_TYPE,
                "externalParameters": {
                    "service": source.service,
                    "revision": source.revision,
                    "models": list(source.model_ids),
                    "platform": materials.platform,
                },
                "internalParameters": {"contextDigest": content},
                "resolvedDependencies": _dependencies(source, materials),
            },
            "runDetails": {"builder": {"id": _BUILDER, "version": {"scoredock": version}}},
        },
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _dependencies(source: PackageSource, materials: Materials) -> list[dict[str, Any]]:
    base: dict[str, Any] = {"name": "base image", "digest": _digest(materials.base_digest)}
    if materials.base:
        base["uri"] = f"pkg:docker/{quote(_without_tag(materials.base))}@{materials.base_digest}"
    lock = hashlib.sha256(materials.lock.encode()).hexdigest()
    return [
        base,
        *([{"name": "source", "digest": {"gitCommit": source.commit}}] if source.commit else []),
        {"name": "packages", "digest": {"sha256": lock}, "mediaType": "text/plain"},
        {"name": "scoredock-runtime", "uri": f"pkg:pypi/scoredock-runtime@{materials.runtime}"},
        *({"name": f"model {model.id}", "digest": {"sha256": model.digest}} for model in source.models),
    ]


def _without_tag(reference: str) -> str:
    named = reference.partition("@")[0]
    path, colon, tag = named.rpartition(":")
    return path if colon and "/" not in tag else named


def _digest(text: str) -> Mapping[str, str]:
    kind, _, value = text.partition(":")
    return {kind: value}
