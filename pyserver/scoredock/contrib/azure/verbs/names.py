"""Names of assets of Azure in a workspace here: their own, or others if those are not valid here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.registry.assets import names as asset_names
from scoredock.registry.grammar import fit_name, require_model_name

_OF_ENVIRONMENT = "own-"
"""Before a name that is kept for curated environments."""


def names_here(items: Iterable[Mapping[str, Any]], renames: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """(kind, name in Azure) → name here, for models and environments; no two get the same one.

    Raises ScoredockError `model-name-invalid`, `asset-name-invalid` for a name of `renames` that is not valid,
    `azure-choice-invalid` for one that nothing has.
    """
    names: dict[tuple[str, str], str] = {}
    pairs = {(item["kind"], item["name"]) for item in items if item["kind"] in ("model", "environment")}
    unknown = set(renames) - {name for _, name in pairs}
    if unknown:
        raise ScoredockError(
            "azure-choice-invalid", l10n.t("Nothing that is chosen is called “{name}”.", name=sorted(unknown)[0])
        )
    # Those that keep their names come first, so that no other takes one of them.
    for kind, name in sorted(pairs, key=lambda each: (_fits(each[0], each[1]) != each[1], each)):
        proposal = renames.get(name) or _fits(kind, name)
        if name in renames:
            _require(kind, proposal)
        taken = {here for (other, _), here in names.items() if other == kind}
        number, here = 2, proposal
        while here in taken:
            here, number = f"{proposal[:240]}-{number}", number + 1
        names[kind, name] = here
    return names


def _fits(kind: str, name: str) -> str:
    try:
        _require(kind, name)
    except ScoredockError:
        fitting = fit_name(name) or kind
        if kind == "environment" and fitting.lower().startswith(asset_names.RESERVED):
            return _OF_ENVIRONMENT + fitting
        return fitting
    return name


def _require(kind: str, name: str) -> None:
    if kind == "model":
        require_model_name(name)
    else:
        asset_names.require_name("environment", name)
