"""Variables that are numbers, and what is wrong with their values.

The first are of Azure's inference server, which does not start with another value either; the others are ours.
"""

from __future__ import annotations

import re
from typing import Mapping

RECYCLE_REQUESTS = "SCOREDOCK_RECYCLE_REQUESTS"
RECYCLE_MEGABYTES = "SCOREDOCK_RECYCLE_MEGABYTES"
DATA_MEGABYTES = "SCOREDOCK_DATA_MEGABYTES"
"""In a service's environment: megabytes that its collected data may take; then the oldest files go."""

_COUNT = re.compile(r"0*[1-9]\d{0,8}\Z", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}\Z", re.ASCII)
_SIGNED = re.compile(r"[+-]?\d{1,15}(\.0*)?\Z", re.ASCII)
_ANY = re.compile(r"\d{1,9}(\.\d{1,9})?\Z", re.ASCII)
_NUMBERS = {
    "WORKER_COUNT": (_COUNT, "a whole number above 0"),
    "WORKER_TIMEOUT": (_WHOLE, "a whole number of seconds"),
    "SCORING_TIMEOUT_MS": (_SIGNED, "a whole number of milliseconds"),
    RECYCLE_REQUESTS: (_WHOLE, "a whole number"),
    RECYCLE_MEGABYTES: (_WHOLE, "a whole number"),
    DATA_MEGABYTES: (_ANY, "a number"),
}


def number_fault(environment: Mapping[str, str]) -> str:
    """What is wrong with the first of them that is set and no such number, as a sentence; empty when nothing is."""
    for name, (form, words) in _NUMBERS.items():
        value = environment.get(name)
        if value is not None and form.match(value.strip()) is None:
            return f"{name} is {value[:32]!r}; it has to be {words}."
    port = environment.get("HEALTH_PORT", "1").strip()
    if environment.get("SEPERATE_HEALTH_ENDPOINT") == "true" and not (_COUNT.match(port) and int(port) <= 65535):
        return f"HEALTH_PORT is {port[:32]!r}; it has to be a port, 1 to 65535."
    return ""
