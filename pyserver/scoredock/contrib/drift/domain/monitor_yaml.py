"""A schedule as a monitor of Azure Machine Learning v2, for `az ml schedule create`. Pure.

What Azure has no counterpart of, and what must be filled in there, is said in comments above.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from scoredock import l10n
from scoredock.contrib.drift.domain.monitors import Schedule
from scoredock.contrib.drift.domain.schedule import recurrence_of
from scoredock.contrib.drift.domain.thresholds import CATEGORICAL, NUMERICAL, Thresholds
from scoredock.contrib.drift.options import DriftChoices
from scoredock.formats.moments import is_period, seconds_of

SCHEMA = "http://azureml/sdk-2-0/MonitorSchedule.json"
_COMPUTE = {"instance_type": "standard_e4s_v3", "runtime_version": "3.4"}
_DEPLOYMENT = "blue"
_DAY = 86_400
_QUALITY = "null_value_rate"


def monitor_yaml(name: str, schedule: Schedule, thresholds: Thresholds, baseline: str) -> str:
    """The document; `baseline` is what the choices came to (`dataset:NAME:VERSION`, a path)."""
    choices = schedule.choices
    frequency, interval = recurrence_of(schedule.every)
    numerical, categorical = _one(thresholds.numerical, NUMERICAL), _one(thresholds.categorical, CATEGORICAL)
    signals: dict[str, Any] = {
        "data_drift": {
            "type": "data_drift",
            **_sides(choices, baseline, "model_inputs"),
            "features": "all_features",
            **_kinds(choices),
            "metric_thresholds": _both(numerical, categorical),
            "alert_enabled": True,
        }
    }
    if _is_service(choices.target) or choices.predictions:
        signals["prediction_drift"] = {
            "type": "prediction_drift",
            **_sides(choices, baseline, "model_outputs"),
            "metric_thresholds": _both(numerical, categorical),
            "alert_enabled": True,
        }
    rates = {kind: {_QUALITY: values[_QUALITY]} for kind, values in thresholds.to_json().items() if _QUALITY in values}
    if rates:
        signals["data_quality"] = {
            "type": "data_quality",
            **_sides(choices, baseline, "model_inputs"),
            "features": "all_features",
            "metric_thresholds": rates,
            "alert_enabled": True,
        }
    document: dict[str, Any] = {
        "$schema": SCHEMA,
        "name": name,
        "trigger": {"type": "recurrence", "frequency": frequency, "interval": interval},
        "create_monitor": {
            "compute": dict(_COMPUTE),
            **_monitoring_target(choices),
            "monitoring_signals": signals,
        },
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    lines = [f"# {line}" for line in _comments(choices, schedule, thresholds)]
    return "\n".join([*lines, text])


def _kinds(choices: DriftChoices) -> dict[str, Any]:
    kinds = dict.fromkeys(choices.categorical, "categorical")
    return {"feature_type_override": kinds} if kinds else {}


def _is_service(source: str) -> bool:
    return source.startswith("service:")


def _monitoring_target(choices: DriftChoices) -> dict[str, Any]:
    if not _is_service(choices.target):
        return {}
    endpoint = choices.target.removeprefix("service:")
    return {"monitoring_target": {"endpoint_deployment_id": f"azureml:{endpoint}:{_DEPLOYMENT}"}}


def _one(values: Mapping[str, float], names: tuple[str, ...]) -> dict[str, float]:
    """Azure takes one metric for each kind of feature: the first with a threshold."""
    return next(({name: values[name]} for name in names[:4] if name in values and name in _OF_AZURE), {})


_OF_AZURE = frozenset((*NUMERICAL, *CATEGORICAL)) - {_QUALITY, "new_category_rate"}


def _both(numerical: Mapping[str, float], categorical: Mapping[str, float]) -> dict[str, Any]:
    both = {"numerical": dict(numerical), "categorical": dict(categorical)}
    return {kind: values for kind, values in both.items() if values}


def _sides(choices: DriftChoices, baseline: str, context: str) -> dict[str, Any]:
    production = _input(choices.target, context)
    if not _has_fixed_times(choices):
        production |= _window(choices.since, choices.until)
    reference_context = context if _is_service(baseline) else "training"
    reference = _input(baseline, reference_context)
    reference |= _window(choices.baseline_since, choices.baseline_until)
    return {"production_data": production, "reference_data": reference}


def _has_fixed_times(choices: DriftChoices) -> bool:
    """True if the target has fixed times; Azure takes only periods before each run."""
    return any(not is_period(each) for each in (choices.since, choices.until) if each)


def _input(source: str, context: str) -> dict[str, Any]:
    if _is_service(source):
        endpoint = source.removeprefix("service:")
        data = {"path": f"azureml:{endpoint}-{_DEPLOYMENT}-{context}:1", "type": "uri_folder"}
    elif source.startswith("dataset:"):
        name, _, version = source.removeprefix("dataset:").partition(":")
        data = {"path": f"azureml:{name.replace(' ', '-')}:{version or 1}", "type": "mltable"}
    else:
        data = {"path": source, "type": "uri_file"}
    return {"input_data": data, "data_context": context}


def _window(since: str, until: str) -> dict[str, Any]:
    """Periods before each run, or fixed days."""
    if not since and not until:
        return {}
    if all(is_period(each) for each in (since, until) if each) and since:
        begin, end = seconds_of(since), seconds_of(until) if until else 0
        size, offset = _duration(max(60, begin - end)), _duration(end)
        return {"data_window": {"lookback_window_size": size, "lookback_window_offset": offset}}
    days = {"window_start": since[:10], "window_end": until[:10]}
    return {"data_window": {name: day for name, day in days.items() if day}}


def _duration(seconds: int) -> str:
    """ISO 8601."""
    if seconds % _DAY == 0:
        return f"P{seconds // _DAY}D"
    return f"PT{seconds // 3600}H" if seconds % 3600 == 0 else f"PT{seconds // 60}M"


def _comments(choices: DriftChoices, schedule: Schedule, thresholds: Thresholds) -> list[str]:
    sentences = [
        l10n.t("A monitor of Azure Machine Learning v2: az ml schedule create --file FILE"),
        l10n.t("Check the names of endpoint, deployment and data assets, and the instance type of the compute."),
    ]
    several = [kind for kind, values in thresholds.to_json().items() if len(set(values) & _OF_AZURE) > 1]
    if several:
        sentences.append(l10n.t("Azure takes one metric for each kind of feature; the others are left out."))
    if _has_fixed_times(choices):
        sentences.append(l10n.t("Azure takes periods before each run for the target; the fixed times are left out."))
    if schedule.retrain:
        sentences.append(l10n.t("Azure runs no command after drift; use an event of the workspace for retraining."))
    if choices.exclude:
        sentences.append(l10n.t("Columns that are left out here: name all others in “features”."))
    return sentences
