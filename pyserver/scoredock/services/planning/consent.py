"""Whether models with known-bad names or Python code may be deployed."""

from __future__ import annotations

import time
from collections.abc import Sequence

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.registry.models.pickle_upkeep import consent_of
from scoredock.registry.records import ModelVersion

_SHOWN = 5


def require_consent(models: Sequence[ModelVersion]) -> list[str]:
    """What the log of the deployment says of consents. Raises `model-known-bad` for models without one that covers all
    that they hold.
    """
    notes: list[str] = []
    refused: list[ModelVersion] = []
    for model in models:
        if not model.metadata.pickle.needing_consent:
            continue
        consent = consent_of(model)
        if consent is None:
            refused.append(model)
            continue
        day = time.strftime("%Y-%m-%d %H:%M", time.localtime(consent.time))
        notes.append(f"{_content(model)}; {consent.by or 'somebody'} allowed that on {day}.")
    if refused:
        ids = [model.id for model in refused]
        names = sorted({name for model in refused for name in model.metadata.pickle.needing_consent})
        first = refused[0]
        more = f", and {len(refused) - 1} more of the models need a consent" if len(refused) > 1 else ""
        outdated = " The consent that was given does not cover all of them." if first.consent else ""
        raise ScoredockError(
            "model-known-bad",
            f"{_content(first)}{more}.{outdated}",
            l10n.t("If you know why, allow it with `scoredock model consent {id}` and deploy again.", id=first.id),
            details={"models": ids, "names": names},
        )
    return notes


def _content(model: ModelVersion) -> str:
    """What somebody has to allow of a version, without the full stop."""
    found = model.metadata.pickle
    clauses = []
    if found.bad:
        clauses.append(f"The pickles of {model.id} name {_listed(sorted(found.bad))}")
    if found.code:
        subject = "it" if clauses else model.id
        clauses.append(f"{subject} brings Python code along ({_listed(sorted(found.code))})")
    return ", and ".join(clauses)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
