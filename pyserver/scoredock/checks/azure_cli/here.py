"""Which commands of `az ml` are carried out here, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scoredock import l10n
from scoredock.checks.azure_cli.table import AzVerb, groups, v1_verbs

_OF_SERVICES = "delete get-access-token get-keys get-logs list regen-key run show update"
_HERE = {
    "model": "register list show update delete download deploy package profile",
    "service": _OF_SERVICES,
    "endpoint realtime": _OF_SERVICES,
    "workspace": "list show create",
    "folder": "attach",
    "computetarget": "list show delete detach",
    "computetarget attach": "aks",
    "environment": "list show register download scaffold",
    "dataset": "list show",
}
VERBS_HERE = frozenset(f"{group} {verb}" for group, names in _HERE.items() for verb in names.split())
"""Of v1; `cli/az` has a function for each."""
_OF_V1 = {*(group.partition(" ")[0] for group in _HERE), "run", "pipeline", "experiment", "datastore"}


class ReasonNotHere(NamedTuple):
    """Why a line is not carried out."""

    message: str
    fix: str = ""
    is_command: bool = True
    """Whether v1 or v2 has it."""


def verb_of(words: Sequence[str]) -> AzVerb | None:
    """The verb of v1 that a line begins with; `words` follow `az ml`."""
    verbs = v1_verbs()
    names = (" ".join(words[:count]) for count in (3, 2))
    return next((verbs[name] for name in names if name in verbs), None)


def reason_not_here(words: Sequence[str]) -> ReasonNotHere:
    """Of a line whose verb is none of those: it trains, it is of v2, it needs Azure, or there is no such command."""
    verbs = groups().get(words[0] if words else "")
    if verbs is None or (verbs and len(words) > 1 and words[1] not in verbs):
        return ReasonNotHere(l10n.t("“az ml {verb}” is not a command.", verb=" ".join(words[:2])), is_command=False)
    command = " ".join(words[: next((i for i, word in enumerate(words) if word.startswith("-")), len(words))][:3])
    if words[0] in ("run", "pipeline", "experiment") or list(words[:2]) == ["computetarget", "create"]:
        return ReasonNotHere(
            l10n.t("“az ml {verb}” trains in Azure; Scoredock deploys models and does not train.", verb=command),
            l10n.t(
                "Run the training script with Python, and register the model that it writes with `{command}`.",
                command="az ml model register -n NAME -p PATH",
            ),
        )
    if words[0] not in _OF_V1:
        return ReasonNotHere(
            l10n.t("“az ml {verb}” is a command of Azure ML CLI v2, and Scoredock runs those of v1.", verb=command)
        )
    return ReasonNotHere(
        l10n.t("“az ml {verb}” changes things in Azure, and nothing here stands for them.", verb=command)
    )
