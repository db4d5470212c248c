"""A step that copies files from one datastore to another."""

from __future__ import annotations

import os
import shutil
from typing import Any, Dict

from azureml._scoredock.failures import not_here
from azureml._scoredock.pipeline_values import OUTPUTS
from azureml._scoredock.steps import PipelineStep
from azureml.data.data_reference import DataReference
from azureml.data.output_dataset_config import source_of
from azureml.exceptions import UserErrorException

_FILES = "Give it a DataReference, or what another step has written: files are what can be copied here."


class DataTransferStep(PipelineStep):
    """Copies a file, or what is in a folder. Raises UserErrorException for what are not files."""

    def __init__(
        self,
        name: str,
        source_data_reference: Any = None,
        destination_data_reference: Any = None,
        compute_target: Any = None,
        source_reference_type: Any = None,
        destination_reference_type: Any = None,
        allow_reuse: bool = True,
    ) -> None:
        for each in (source_data_reference, destination_data_reference):
            if not isinstance(each, (DataReference, *OUTPUTS)):
                raise not_here(f"A DataTransferStep with {type(each).__name__}", _FILES)
        self._source = source_data_reference
        self._destination = destination_data_reference
        writes = [each for each in (destination_data_reference,) if isinstance(each, OUTPUTS)]
        super().__init__(name, [source_data_reference], writes)

    def _copy(self, folders: Dict[int, str]) -> None:
        """From one place to the other; `folders` has those of outputs. Raises UserErrorException."""
        source, target = (_place(each, folders) for each in (self._source, self._destination))
        if os.path.isdir(source):
            for top, _, names in os.walk(source):
                below = os.path.normpath(os.path.join(target, os.path.relpath(top, source)))
                os.makedirs(below, exist_ok=True)
                for name in names:
                    shutil.copy2(os.path.join(top, name), os.path.join(below, name))
        elif os.path.isfile(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(source, target)
        else:
            raise UserErrorException(f"There is nothing at {source}, which the step {self.name} copies from.")


def _place(reference: Any, folders: Dict[int, str]) -> str:
    if isinstance(reference, DataReference):
        return os.path.normpath(os.path.join(reference.datastore._folder, reference.path_on_datastore))
    return folders[id(source_of(reference))]
