"""Consent to deploy models with known-bad names or Python code."""

from __future__ import annotations

import time
from collections.abc import Sequence

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.registry.models.pickle_upkeep import consent_of
from scoredock.registry.records import ModelVersion

_SHOWN = 5


def require_consent(models: Sequence[ModelVersion]) -> list[str]:
    """Notes on consents for the log of the deployment. Raises `model-known-bad` for models without one that covers all
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
        notes.append(
            l10n.t(
                "{content}; {person} allowed that on {day}.",
                content=_content(model),
                person=consent.by or l10n.t("somebody"),
                day=day,
            )
        )
    if refused:
        ids = [model.id for model in refused]
        names = sorted({name for model in refused for name in model.metadata.pickle.needing_consent})
        first = refused[0]
        sentences = [
            l10n.t("{content}, and {count} more models need consent.", content=_content(first), count=len(refused) - 1)
            if len(refused) > 1
            else l10n.t("{content}.", content=_content(first))
        ]
        if first.consent:
            sentences.append(l10n.t("The consent that was given does not cover all of this."))
        raise ScoredockError(
            "model-known-bad",
            " ".join(sentences),
            l10n.t("If you know why, allow it with `scoredock model consent {id}` and deploy again.", id=first.id),
            details={"models": ids, "names": names},
        )
    return notes


def _content(model: ModelVersion) -> str:
    """Sentence on what somebody has to allow of a version, without the full stop."""
    pickle_findings = model.metadata.pickle
    names, files = _listed(sorted(pickle_findings.bad)), _listed(sorted(pickle_findings.code))
    if pickle_findings.bad and pickle_findings.code:
        return l10n.t(
            "The pickles of {model} refer to {names}, and it contains Python code ({files})",
            model=model.id,
            names=names,
            files=files,
        )
    if pickle_findings.bad:
        return l10n.t("The pickles of {model} refer to {names}", model=model.id, names=names)
    return l10n.t("{model} contains Python code ({files})", model=model.id, files=files)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    if len(names) <= _SHOWN:
        return shown
    return l10n.t("{names} and {count} more", names=shown, count=len(names) - _SHOWN)
