"""Scores a version on a dataset that says what is right: rows with a label, requests, predictions, metrics."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from scoredock import l10n
from scoredock.errors import ScoredockError
from scoredock.formats.periods import option_invalid
from scoredock.late_dataclass import dataclass
from scoredock.services.access.calls import Answer

MOST_ROWS = 10_000
_EXPRESSION = re.compile(
    r"\s*([a-z0-9]+)\s*(>=|<=)\s*(?:(current)(?:\s*([+-])\s*(\d+(?:\.\d+)?))?|(-?\d+(?:\.\d+)?))\s*", re.IGNORECASE
)
_ENVELOPES = ("data", "inputs", "Inputs", "input_data", "GlobalParameters")
_ANSWERS = ("result", "results", "Results", "predictions", "prediction", "output", "outputs")
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ScoreLimit:
    """`accuracy >= 0.9`, `rmse <= current + 0.1`."""

    metric: str
    at_least: bool
    """Else at most."""
    value: float
    """Or what is added to that of what serves now."""
    of_current: bool
    """Whether what serves now is measured as well."""

    def holds(self, measured: float, current: float) -> bool:
        limit = self.limit(current)
        return measured >= limit - 1e-12 if self.at_least else measured <= limit + 1e-12

    def limit(self, current: float) -> float:
        return current + self.value if self.of_current else self.value


@dataclass(frozen=True, slots=True)
class LabelledRow:
    body: bytes
    """Of a request."""
    label: Any


def score_limit(text: str) -> ScoreLimit:
    """Raises ScoredockError `rule-option-invalid`."""
    match = _EXPRESSION.fullmatch(text)
    if match is None or match[1].lower() not in METRICS:
        raise option_invalid(
            l10n.t("“{text}” is not a limit of a score.", text=text[:80]),
            l10n.t(
                "Write a metric, >= or <=, and a number or “current”: accuracy >= 0.9, rmse <= current + 0.1. Metrics"
                " are {names}.",
                names=", ".join(METRICS),
            ),
        )
    of_current = match[3] is not None
    number = float(match[5] or 0) if of_current else float(match[6])
    return ScoreLimit(match[1].lower(), match[2] == ">=", -number if match[4] == "-" else number, of_current)


def labelled_rows(rows: Iterable[str], label: str, sample: Any) -> list[LabelledRow]:
    """Labelled rows of a dataset: objects of JSON with the label among their names, or lines of CSV below a line with
    the names. `sample` is a request body that the service takes, whose form rows of values are given.

    Raises ScoredockError `rule-dataset-unfit`.
    """
    texts = [each for each in rows if each.strip()]
    if not texts:
        raise _unfit(l10n.t("The dataset has no rows."))
    records = _of_csv(texts, label) if _is_header(texts[0], label) else [_of_json(each, label) for each in texts]
    return [LabelledRow(_body(record, sample), wanted) for record, wanted in records[:MOST_ROWS]]


def _is_header(text: str, label: str) -> bool:
    return not text.lstrip().startswith(("{", "[")) and label in next(csv.reader([text]))


def _of_csv(texts: Sequence[str], label: str) -> list[tuple[dict[str, Any], Any]]:
    names = next(csv.reader([texts[0]]))
    records = []
    for row in csv.reader(texts[1:]):
        if len(row) != len(names):
            raise _unfit(
                l10n.t("A row of the dataset has {count} values, not {names}.", count=len(row), names=len(names))
            )
        record = {name: _value(text) for name, text in zip(names, row, strict=True)}
        records.append((record, record.pop(label)))
    if not records:
        raise _unfit(l10n.t("The dataset has no rows."))
    return records


def _of_json(text: str, label: str) -> tuple[dict[str, Any], Any]:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or label not in record:
        raise _unfit(l10n.t("A row of the dataset has no column {label}: {row}", label=label, row=text[:_SHOWN]))
    return record, record.pop(label)


def _value(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def _body(record: dict[str, Any], sample: Any) -> bytes:
    """A record that has the form of a request goes as it is; values go in the form of the sample."""
    if any(name in record for name in _ENVELOPES) or any(isinstance(each, (list, dict)) for each in record.values()):
        return json.dumps(record).encode()
    return json.dumps(_filled(sample, record)).encode()


def _filled(sample: Any, record: dict[str, Any]) -> Any:
    """The sample with one row in the place of its own."""
    values = list(record.values())
    if isinstance(sample, list) and sample:
        return [record if isinstance(sample[0], dict) else values]
    if not isinstance(sample, dict):
        return {"data": [values]}
    if "columns" in sample and isinstance(sample.get("data"), list):
        return {**sample, "columns": list(record), "data": [values], **({"index": [0]} if "index" in sample else {})}
    for name, inner in sample.items():
        if isinstance(inner, (list, dict)) and inner:
            return {**sample, name: _filled(inner, record)}
    return {"data": [values]}


def gives_probabilities(answer: Answer) -> bool:
    """True if a response is that of a scikit-learn model without code, whose usual method is `predict_proba`."""
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and list(value) == ["predict_proba"]


def for_prediction(body: bytes) -> bytes:
    """A request that asks such a model for the class, as v1 has it; another one as it is."""
    value = json.loads(body)
    return json.dumps({**value, "method": "predict"}).encode() if isinstance(value, dict) else body


def prediction_in(answer: Answer, label: str) -> Any:
    """The one value that a response comes to. Raises ScoredockError `rule-score-failed`."""
    if answer.status != 200:
        raise _failed(l10n.t("A request was answered with status {status}.", status=answer.status))
    try:
        value = json.loads(answer.body)
        if isinstance(value, str):
            value = json.loads(value) if value.lstrip().startswith(("[", "{")) else value
    except (ValueError, RecursionError):
        raise _failed(l10n.t("A response is not JSON: {text}", text=_text(answer))) from None
    if isinstance(value, dict) and "error" in value:
        raise _failed(l10n.t("The script answered with an error: {text}", text=_text(answer)))
    for _ in range(8):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        elif isinstance(value, dict) and value:
            names = [label, *(each for each in _ANSWERS if each in value), next(iter(value))]
            value = value[next(each for each in names if each in value)]
        else:
            break
    if isinstance(value, (list, dict)) or value is None:
        raise _failed(l10n.t("No single prediction is in a response: {text}", text=_text(answer)))
    return value


def measured(metric: str, predictions: Sequence[Any], labels: Sequence[Any]) -> float:
    """Raises ScoredockError `rule-score-failed` where it cannot be said of such values."""
    try:
        return METRICS[metric](predictions, labels)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        raise _failed(l10n.t("The {metric} of these predictions cannot be said.", metric=metric)) from None


def _same(one: Any, other: Any) -> bool:
    try:
        return abs(float(one) - float(other)) <= 1e-9
    except (TypeError, ValueError):
        return str(one) == str(other)


def _accuracy(predictions: Sequence[Any], labels: Sequence[Any]) -> float:
    return sum(map(_same, predictions, labels)) / len(labels)


def _key(value: Any) -> str:
    try:
        return f"{float(value):g}"
    except (TypeError, ValueError):
        return str(value)


def _by_class(
    kind: Literal["precision", "recall", "f1"],
) -> Callable[[Sequence[Any], Sequence[Any]], float]:
    """The plain mean over the classes."""

    def mean(predictions: Sequence[Any], labels: Sequence[Any]) -> float:
        said, right = list(map(_key, predictions)), list(map(_key, labels))
        scores = []
        for each in sorted({*said, *right}):
            hits = sum(one == other == each for one, other in zip(said, right, strict=True))
            precision = hits / said.count(each) if each in said else 0.0
            recall = hits / right.count(each) if each in right else 0.0
            both = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
            scores.append({"precision": precision, "recall": recall, "f1": both}[kind])
        return sum(scores) / len(scores)

    return mean


def _differences(predictions: Sequence[Any], labels: Sequence[Any]) -> list[float]:
    return [float(one) - float(other) for one, other in zip(predictions, labels, strict=True)]


def _mae(predictions: Sequence[Any], labels: Sequence[Any]) -> float:
    return sum(map(abs, _differences(predictions, labels))) / len(labels)


def _mse(predictions: Sequence[Any], labels: Sequence[Any]) -> float:
    return sum(each * each for each in _differences(predictions, labels)) / len(labels)


def _r2(predictions: Sequence[Any], labels: Sequence[Any]) -> float:
    wanted = [float(each) for each in labels]
    mean = sum(wanted) / len(wanted)
    return float(1 - _mse(predictions, labels) * len(wanted) / sum((each - mean) ** 2 for each in wanted))


METRICS: dict[str, Callable[[Sequence[Any], Sequence[Any]], float]] = {
    "accuracy": _accuracy,
    "precision": _by_class("precision"),
    "recall": _by_class("recall"),
    "f1": _by_class("f1"),
    "mae": _mae,
    "rmse": lambda predictions, labels: float(_mse(predictions, labels) ** 0.5),
    "r2": _r2,
}
"""Those that there are."""


def _text(answer: Answer) -> str:
    return answer.body[:_SHOWN].decode("utf-8", "replace")


def _unfit(message: str) -> ScoredockError:
    return ScoredockError("rule-dataset-unfit", message)


def _failed(message: str) -> ScoredockError:
    return ScoredockError("rule-score-failed", message)
