"""Output of a run's script, under the names that Azure has had for it."""

from __future__ import annotations

from typing import Dict

LOGS = ("azureml-logs/70_driver_log.txt", "user_logs/std_log.txt")
"""Before 2022 and after. A run has it under the first name; either one gets it."""


class LogFiles(Dict[str, str]):
    """Texts by the names of their files, that of the script by either of its names."""

    def __missing__(self, name: str) -> str:
        if name == LOGS[1] and LOGS[0] in self:
            return self[LOGS[0]]
        raise KeyError(name)
