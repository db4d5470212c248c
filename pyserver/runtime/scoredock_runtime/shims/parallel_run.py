"""`azureml_user.parallel_run`: what the workers of a parallel run give an entry script (docs/batch.md)."""

import logging
import os
from typing import Any

from scoredock_runtime.shims import AGENT, LOGS, OUTPUT


class ParallelRunEntry:
    """The one of this process; outside of a batch job its folders are the working directory."""

    _one = None

    def __new__(cls) -> Any:
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    @property
    def logger(self) -> logging.Logger:
        """Its level is `logging_level` of the job."""
        return logging.getLogger("azureml_user.parallel_run")

    @property
    def output_dir(self) -> str:
        """The output folder of the job, for files that the script writes itself."""
        return os.environ.get(OUTPUT) or os.getcwd()

    @property
    def log_dir(self) -> str:
        """A folder for log files of the script's own."""
        return os.environ.get(LOGS) or os.getcwd()

    @property
    def agent_name(self) -> str:
        """`process000`; no other worker of the job has it."""
        return os.environ.get(AGENT) or "process000"

    @property
    def working_dir(self) -> str:
        """The folder that the script lies in."""
        return os.environ.get("AML_APP_ROOT") or os.getcwd()


EntryScript = ParallelRunEntry
"""The name that scripts import."""
