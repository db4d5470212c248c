"""The record of a comparison: a plain JSON object with names that stay, and what follows from it. Pure.

Whoever acts on drift, a condition or an event, reads the record and asks `verdict_of`; the page, the HTML report and
the terminal show the same record. `docs/drift.md` lists its fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from scoredock import l10n
from scoredock.late_dataclass import dataclass

Record = Mapping[str, Any]
Outcome = Literal["drift", "none"]
FORMAT = 1
_LISTED = 10
_PARENTS = re.compile(r"^.*/modeldata/.*/(?=[^/]+/\d{4}/\d\d/\d\d/)")
"""Of a file that a service collected, above its designation and day."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Verdict on a record."""

    outcome: Outcome
    features: tuple[str, ...]
    """Columns of inputs that moved."""
    predictions: tuple[str, ...]
    """Columns of predictions that moved."""

    @property
    def has_drift(self) -> bool:
        return self.outcome == "drift"


def verdict_of(record: Record) -> Verdict:
    """Drift is there when one column moved; what is in one data set only is said and decides nothing."""
    moved = [each for each in record["features"] if each["drifted"]]
    features = tuple(each["name"] for each in moved if each["role"] != "prediction")
    predictions = tuple(each["name"] for each in moved if each["role"] == "prediction")
    return Verdict("drift" if moved else "none", features, predictions)


def new_record(name: str, created: float, described: Mapping[str, Any], measured: Mapping[str, Any]) -> dict[str, Any]:
    """Record of the request (`described`: thresholds, and each side's source with its times) and of what the process
    measured.

    The columns that moved come first, those of predictions behind those of inputs.
    """
    features = sorted(measured["features"], key=lambda each: (each["role"] == "prediction", not each["drifted"]))
    record: dict[str, Any] = {
        "format": FORMAT,
        "kind": "drift",
        "name": name,
        "created": created,
        "verdict": "none",
        "drifted": [],
        "baseline": {**described["baseline"], **measured["baseline"]},
        "target": {**described["target"], **measured["target"]},
        "thresholds": described["thresholds"],
        "features": features,
        "onlyInBaseline": measured["onlyInBaseline"],
        "onlyInTarget": measured["onlyInTarget"],
        "python": measured["python"],
        "numpy": measured["numpy"],
        "seconds": measured["seconds"],
        "cpuSeconds": measured["cpuSeconds"],
    }
    verdict = verdict_of(record)
    record["verdict"] = verdict.outcome
    record["drifted"] = [*verdict.features, *verdict.predictions]
    return record


def verdict_text(record: Record) -> str:
    """Text of the verdict in a few words."""
    moved, all_columns = len(record["drifted"]), len(record["features"])
    if not moved:
        return (
            l10n.t("No drift in {count} columns", count=all_columns)
            if all_columns != 1
            else l10n.t("No drift in 1 column")
        )
    return l10n.t("Drift in {moved} of {count} columns", moved=moved, count=all_columns)


def metric_text(name: str) -> str:
    """A metric for people."""
    return {
        "normalized_wasserstein_distance": l10n.t("normalized Wasserstein distance"),
        "jensen_shannon_distance": l10n.t("Jensen-Shannon distance"),
        "population_stability_index": l10n.t("population stability index"),
        "two_sample_kolmogorov_smirnov_test": l10n.t("two-sample Kolmogorov-Smirnov test"),
        "pearsons_chi_squared_test": l10n.t("Pearson's chi-squared test (Cramér's V)"),
        "null_value_rate": l10n.t("change in missing values"),
        "new_category_rate": l10n.t("rows with new categories"),
    }.get(name, name)


def note_text(note: str) -> str:
    """Text of a note on a column beside its metrics."""
    return {
        "typeChanged": l10n.t("numbers in one data set and text in the other"),
        "identifier": l10n.t("nearly every row has another value, as in an identifier; not compared"),
        "empty": l10n.t("no values in one data set"),
        "fewRows": l10n.t("fewer than 30 values: only large differences show"),
        "constant": l10n.t("one value in the whole baseline"),
    }.get(note, note)


def deciding_metric(feature: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The metric that speaks for a column: the one furthest above its limit, or else nearest to it."""
    limited = [each for each in feature["metrics"] if each["limit"] is not None and each["value"] is not None]
    return max(limited, key=lambda each: each["value"] / each["limit"]) if limited else None


def remarks(feature: Mapping[str, Any]) -> str:
    """Notes and new categories in a sentence's worth."""
    sentences = [note_text(each) for each in feature["notes"]]
    if feature["role"] == "prediction":
        sentences.insert(0, l10n.t("prediction"))
    if feature["newCategoryCount"]:
        shown = ", ".join(feature["newCategories"][:3]) + (" …" if feature["newCategoryCount"] > 3 else "")
        sentences.append(l10n.t("new: {names}", names=shown))
    return "; ".join(sentences)


def figure(value: float | None) -> str:
    """Three digits that matter."""
    return "-" if value is None else f"{value:.3g}"


def notices(record: Record) -> list[str]:
    """Sentences that a reader of the record should know about its data."""
    sentences: list[str] = []
    for title, side in ((l10n.t("baseline"), record["baseline"]), (l10n.t("target"), record["target"])):
        if side["compared"] < side["rows"]:
            sentences.append(
                l10n.t(
                    "Of the {rows:,} rows of the {side} a random sample of {count:,} was compared.",
                    rows=side["rows"],
                    side=title,
                    count=side["compared"],
                )
            )
        if side["skipped"]:
            sentences.append(_skipped(side, title))
    if record["onlyInBaseline"]:
        sentences.append(
            l10n.t("Only in the baseline, and not compared: {names}.", names=_some(record["onlyInBaseline"]))
        )
    if record["onlyInTarget"]:
        sentences.append(l10n.t("Only in the target, and not compared: {names}.", names=_some(record["onlyInTarget"])))
    return sentences


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_LISTED]) + (" …" if len(names) > _LISTED else "")


def _skipped(side: Mapping[str, Any], title: str) -> str:
    text = (
        l10n.t("1 line of the {side} could not be read and was left out.", side=title)
        if side["skipped"] == 1
        else l10n.t(
            "{count:,} lines of the {side} could not be read and were left out.", count=side["skipped"], side=title
        )
    )
    first = _PARENTS.sub("", next(iter(side["skippedPlaces"]), ""))
    return f"{text} {l10n.t('The first: {place}.', place=first)}" if first else text
