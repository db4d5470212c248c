"""Values of a deployment configuration that were given one by one, with `--setting` or the options of `az ml`. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.checks.configs.deployment.check import parse_deployment
from scoredock.errors import ScoredockError
from scoredock.formats.deployment import DeploymentConfig
from scoredock.formats.deployment_fields import READINESS
from scoredock.services.planning.front_end import OF_OPTIONS
from scoredock.services.revision import ConfigurationValue

_KEYS = "keys"
_TYPE = "computeType"


def with_settings(config: DeploymentConfig | None, settings: Mapping[str, str], facts: Facts) -> DeploymentConfig:
    """The configuration of the file, or an empty one, with the settings in it.

    Raises ScoredockError `deploy-setting-invalid` for a setting that the checks of configurations call an error.
    """
    for name in settings:
        if name.partition(".")[0] == _KEYS:
            raise ScoredockError(
                "deploy-setting-invalid",
                l10n.t("{name} is a secret and cannot be given as a setting.", name=_KEYS),
                l10n.t("Set keys with `scoredock service keys --regenerate primary --set`."),
            )
    values: dict[str, ConfigurationValue] = {_TYPE: "local"}
    if config is not None:
        values |= {**config.fields, _TYPE: config.compute_type}
    values |= {name: _value(name, written) for name, written in settings.items()}
    of_v2 = {name: value for name, value in values.items() if name.startswith(f"{READINESS}.")}
    of_v1 = {name: value for name, value in values.items() if name not in of_v2}
    parsed, findings = parse_deployment(json.dumps(_nested(of_v1)), replace(facts, path=f"{OF_OPTIONS}.json"))
    wrong = next((each for each in findings if each.severity == "error" and _about(each.message, settings)), None)
    if wrong is not None or parsed is None:
        message = wrong.message if wrong is not None else l10n.t("There is no such compute type.")
        raise ScoredockError("deploy-setting-invalid", message)
    parsed = replace(parsed, fields={**parsed.fields, **of_v2})
    return parsed if config is None else replace(parsed, container=config.container)


def kept_values(config: DeploymentConfig | None) -> dict[str, ConfigurationValue]:
    """Values of a configuration to record: all but its keys."""
    if config is None:
        return {}
    fields = {name: value for name, value in config.fields.items() if name.partition(".")[0] != _KEYS}
    return {**fields, _TYPE: config.compute_type}


def _value(name: str, text: str) -> ConfigurationValue:
    """Value that a text has in JSON, else the text; a compute type is always text."""
    if name == _TYPE:
        return text.lower()
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (int, float, bool)) else text


def _nested(values: Mapping[str, ConfigurationValue]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *above, last = name.split(".")
        into = tree
        for part in above:
            below = into.setdefault(part, {})
            if not isinstance(below, dict):
                raise ScoredockError(
                    "deploy-setting-invalid", l10n.t("{name} is below a value that is not an object.", name=name)
                )
            into = below
        into[last] = value
    return tree


def _about(message: str, settings: Mapping[str, str]) -> bool:
    """True if a finding is about what was given here; those of the file were reported at their lines."""
    return any(part in message for name in settings for part in name.split("."))
