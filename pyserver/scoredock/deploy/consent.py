"""Whether models may be deployed whose pickles name what runs commands or reaches files and network."""

from __future__ import annotations

import time
from collections.abc import Sequence

from scoredock.errors import ScoredockError
from scoredock.registry.pickle_upkeep import consent_of
from scoredock.registry.records import ModelVersion

_SHOWN = 5


def require_consent(models: Sequence[ModelVersion]) -> list[str]:
    """What the log of the deployment says of consents. Raises `model-known-bad` for models without one that covers all
    their names.
    """
    notes: list[str] = []
    refused: list[ModelVersion] = []
    for model in models:
        if model.pickle != "bad":
            continue
        consent = consent_of(model)
        if consent is None:
            refused.append(model)
            continue
        day = time.strftime("%Y-%m-%d %H:%M", time.localtime(consent.time))
        told = _listed(sorted(model.metadata.pickle.bad))
        notes.append(f"The pickles of {model.id} name {told}; {consent.by or 'somebody'} allowed that on {day}.")
    if refused:
        ids = [model.id for model in refused]
        names = sorted({name for model in refused for name in model.metadata.pickle.bad})
        first = refused[0]
        told = _listed(sorted(first.metadata.pickle.bad))
        more = f", and {len(refused) - 1} more of the models hold such names" if len(refused) > 1 else ""
        outdated = " The consent that was given does not cover all of them." if first.consent else ""
        raise ScoredockError(
            "model-known-bad",
            f"The pickles of {first.id} name {told}{more}.{outdated}",
            f"If you know why they do, allow it with `scoredock model consent {first.id}` and deploy again.",
            details={"models": ids, "names": names},
        )
    return notes


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
