"""Variables of a service: those that are numbers, with what is wrong with their values, and those that only Scoredock
sets. The checks ask here as well. Standard library only."""

from __future__ import annotations

import re
from typing import Dict, Mapping, Tuple

from scoredock_runtime.contract import DEBUG_PORT_VARIABLE, OBSERVE_VARIABLE

MARKER = "SCOREDOCK_WORKER"
"""Environment variable that a worker and all it starts carry, so that what outlives the worker can be found."""
OF_BATCH_JOBS = "SCOREDOCK_BATCH_"
"""Prefix of those that a batch job gives its workers."""
RECYCLE_REQUESTS = "SCOREDOCK_RECYCLE_REQUESTS"
RECYCLE_MEGABYTES = "SCOREDOCK_RECYCLE_MEGABYTES"
DATA_MEGABYTES = "SCOREDOCK_DATA_MEGABYTES"
"""In a service's environment: megabytes that its collected data may take; then the oldest files go."""
HEALTH_PORT = "HEALTH_PORT"
MONITORING_VARIABLES = ("AZUREML_MDC_ENABLED", "AZUREML_MDC_LOCAL_CAPTURE")
"""With them a Collector of azureml-ai-monitoring takes rows, and logs them: there is nobody here that it sends to."""

COUNT, WHOLE, SIGNED, AMOUNT, PORT = "count", "whole", "signed", "amount", "port"
_FORMS = {
    COUNT: re.compile(r"0*[1-9]\d{0,8}\Z", re.ASCII),
    WHOLE: re.compile(r"\d{1,9}\Z", re.ASCII),
    SIGNED: re.compile(r"[+-]?\d{1,15}(\.0*)?\Z", re.ASCII),
    AMOUNT: re.compile(r"\d{1,9}(\.\d{1,9})?\Z", re.ASCII),
    PORT: re.compile(r"0*[1-9]\d{0,4}\Z", re.ASCII),
}
NUMBERS: Dict[str, Tuple[str, str]] = {
    "WORKER_COUNT": (COUNT, "a whole number above 0"),
    "WORKER_TIMEOUT": (WHOLE, "a whole number of seconds"),
    "SCORING_TIMEOUT_MS": (SIGNED, "a whole number of milliseconds"),
    RECYCLE_REQUESTS: (WHOLE, "a whole number"),
    RECYCLE_MEGABYTES: (WHOLE, "a whole number"),
    DATA_MEGABYTES: (AMOUNT, "a number"),
    HEALTH_PORT: (PORT, "a port, 1 to 65535"),
    DEBUG_PORT_VARIABLE: (PORT, "a port, 1 to 65535"),
}
"""Each with its kind, and with what its value has to be. The others than those of `SCOREDOCK_` are of Azure's inference
server, which does not start with another value either."""


def is_number(name: str, environment: Mapping[str, str]) -> bool:
    """True if a variable that is set, if it is one of `NUMBERS`, can be read. The health port is read where health
    is to have a port of its own."""
    if name == HEALTH_PORT and environment.get("SEPERATE_HEALTH_ENDPOINT") != "true":
        return True
    kind = NUMBERS[name][0] if name in NUMBERS else ""
    text = environment[name].strip()
    return not kind or (_FORMS[kind].match(text) is not None and (kind != PORT or int(text) <= 65535))


def number_fault(environment: Mapping[str, str]) -> str:
    """Sentence about the first of them that is set and no such number; empty when nothing is wrong."""
    for name, (_, words) in NUMBERS.items():
        if name in environment and not is_number(name, environment):
            return f"{name} is {environment[name].strip()[:32]!r}; it has to be {words}."
    return ""


def is_own(name: str) -> bool:
    """True if only Scoredock sets a variable, to find its workers and what they have done."""
    return name in (MARKER, OBSERVE_VARIABLE) or name.startswith(OF_BATCH_JOBS)
