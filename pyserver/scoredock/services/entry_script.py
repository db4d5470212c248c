"""The script of a service or of a batch job, and where it and its models lie below the root of the application."""

from __future__ import annotations

from pathlib import Path

from scoredock.late_dataclass import dataclass

MODELS_FOLDER = "azureml-models"
MAIN_SCRIPT = "main.py"


@dataclass(frozen=True, slots=True)
class EntryScript:
    """The entry script where the person has it, and what goes with it."""

    path: Path
    source_directory: Path | None
    """The folder that goes into the service as a whole, or None for the script alone."""
