"""Settings that Azure's inference server reads from its environment and its configuration file, with its priority:
command line, then environment, then file."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Mapping, MutableMapping, NamedTuple, Optional, Tuple

from scoredock_runtime.base.worker_log import logger

TEXT, NUMBER, SWITCH = "text", "number", "switch"

_FROM_FILE: Dict[str, str] = {
    "AZUREML_SOURCE_DIRECTORY": TEXT,
    "AZUREML_ENTRY_SCRIPT": TEXT,
    "SERVICE_NAME": TEXT,
    "WORKSPACE_NAME": TEXT,
    "SERVICE_PATH_PREFIX": TEXT,
    "SERVICE_VERSION": TEXT,
    "SCORING_TIMEOUT_MS": NUMBER,
    "AZUREML_LOG_LEVEL": TEXT,
    "APP_INSIGHTS_LOG_RESPONSE_ENABLED": SWITCH,
    "AZUREML_MODEL_DIR": TEXT,
    "HOSTNAME": TEXT,
    "AZUREML_DEBUG_PORT": NUMBER,
}
_NOT_FROM_FILE: Dict[str, str] = {
    # Version 1.5.1 knows these names in a file and has no ears for them; strict takes them.
    "AML_APP_ROOT": TEXT,
    "AML_APP_INSIGHTS_ENABLED": SWITCH,
    "AML_APP_INSIGHTS_KEY": TEXT,
    "AML_MODEL_DC_STORAGE_ENABLED": SWITCH,
    "AML_CORS_ORIGINS": TEXT,
}
_STRICT_ONLY: Dict[str, str] = {
    # No setting of version 1.5.1's file at all.
    "SERVER_PORT": NUMBER,
    "HEALTH_PORT": NUMBER,
    "WORKER_COUNT": NUMBER,
    "WORKER_TIMEOUT": NUMBER,
}
_SWITCH_WORDS = {
    **dict.fromkeys(("true", "1", "yes", "on", "t", "y"), True),
    **dict.fromkeys(("false", "0", "no", "off", "f", "n"), False),
}
_FAULTS = {
    TEXT: "Input should be a valid string",
    NUMBER: "Input should be a valid integer, unable to parse string as an integer",
    SWITCH: "Input should be a valid boolean, unable to interpret input",
}


class BadSetting(Exception):
    """A value that no service can start with; the text is for the log."""


class SettingsFile(NamedTuple):
    """The configuration file that counts and what it says."""

    path: str
    values: Dict[str, Any]


def configuration_file(environment: Mapping[str, str], app_root: str) -> Optional[str]:
    """AZUREML_CONFIG_FILE, else config.json of the application or beside the entry script; empty ones do not count."""
    candidates = [environment.get("AZUREML_CONFIG_FILE") or ""]
    script = environment.get("AZUREML_ENTRY_SCRIPT")
    folders = [app_root, os.path.dirname(os.path.abspath(script)) if script else ""]
    candidates += [os.path.join(folder, "config.json") for folder in folders if folder]
    for path in candidates:
        if path and os.path.isfile(path) and os.stat(path).st_size:
            return path
    return None


def read_configuration(path: str) -> SettingsFile:
    """Settings in a configuration file. Raises BadSetting when the file is not a JSON object."""
    try:
        with open(path, encoding="utf-8") as stream:
            values = json.load(stream)
        if not isinstance(values, dict):
            raise ValueError("it holds no JSON object")
    except (OSError, ValueError, RecursionError) as fault:
        raise BadSetting(f"Invalid config file!: {path}: {fault}") from None
    return SettingsFile(path, values)


def merge(environment: MutableMapping[str, str], settings_file: Optional[SettingsFile], *, strict: bool) -> None:
    """Fills `environment` with what only the file sets, and checks all values. Raises BadSetting."""
    kinds = {**_FROM_FILE, **_NOT_FROM_FILE, **(_STRICT_ONLY if strict else {})}
    if settings_file is not None:
        readable = kinds if strict else _FROM_FILE
        unknown = [name for name in settings_file.values if name not in kinds]
        if unknown:
            logger.warning(
                "Found extra keys in the config file that are not supported by the server.\nExtra keys = %s", unknown
            )
        for name, value in settings_file.values.items():
            if name in readable and name not in environment and value is not None:
                environment[name] = _checked(name, kinds[name], value)
    for name, kind in kinds.items():
        if name in environment and name != "AML_APP_INSIGHTS_ENABLED":
            _checked(name, kind, environment[name])


def _checked(name: str, kind: str, value: Any) -> str:
    """The value as an environment variable holds it. Raises BadSetting."""
    if kind == TEXT and isinstance(value, str):
        return value
    if kind == NUMBER and whole_number(value) is not None:
        return str(whole_number(value))
    if kind == SWITCH and str(value).lower() in _SWITCH_WORDS:
        return "true" if _SWITCH_WORDS[str(value).lower()] else "false"
    rule = "=" * 15
    raise BadSetting(
        f"\n{rule}Configuration Error{rule}==\n{name}: {_FAULTS[kind]} (environment variable: {name})\n{'=' * 51}"
    )


def whole_number(value: Any) -> Optional[int]:
    """The integer that a number or a text means; None when it means none."""
    try:
        number = float(value) if isinstance(value, (int, float)) or "." in str(value) else int(str(value))
        return int(number) if number == int(number) else None
    except (ValueError, OverflowError):
        return None


def settings_table(environment: Mapping[str, str]) -> List[Tuple[str, str]]:
    """Rows of the banner, as Azure's inference server words them."""
    rows = [
        ("Entry Script Name", "AZUREML_ENTRY_SCRIPT"),
        ("Model Directory", "AZUREML_MODEL_DIR"),
        ("Config File", "AZUREML_CONFIG_FILE"),
        ("Worker Count", "WORKER_COUNT"),
        ("Worker Timeout (seconds)", "WORKER_TIMEOUT"),
        ("Server Port", "SERVER_PORT"),
        ("Health Port", "HEALTH_PORT"),
        ("Application Insights Enabled", "AML_APP_INSIGHTS_ENABLED"),
        ("Application Insights Key", "AML_APP_INSIGHTS_KEY"),
        ("Inferencing HTTP server version", "HTTP_X_MS_SERVER_VERSION"),
        ("CORS for the specified origins", "AML_CORS_ORIGINS"),
        ("Create dedicated endpoint for health", "SEPERATE_HEALTH_ENDPOINT"),
    ]
    table: List[Tuple[str, str]] = []
    for title, name in rows:
        value = str(environment.get(name))
        if name in environment and name == "AML_APP_INSIGHTS_KEY":
            value = "AppInsights key provided"
        if name in environment and name == "AML_CORS_ORIGINS":
            value = f"Enabling CORS for {value}"
        table.append((title, value))
    return table
