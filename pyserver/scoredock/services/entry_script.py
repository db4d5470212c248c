"""The script of a service or of a batch job, and where it and its models lie below the root of the application."""

from __future__ import annotations

from pathlib import Path

from scoredock.late_dataclass import dataclass

MODELS_FOLDER = "azureml-models"
MAIN_SCRIPT = "main.py"
SCHEMA_FILE = "service_schema.json"
"""Of the first services: what run() gets. It goes along with a script that is deployed alone."""


@dataclass(frozen=True, slots=True)
class EntryScript:
    """The entry script where the person has it, and what goes with it."""

    path: Path
    source_directory: Path | None
    """The folder that goes into the service as a whole, or None for the script alone."""
