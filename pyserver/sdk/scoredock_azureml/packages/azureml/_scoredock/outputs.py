"""What scripts and steps write: folders of datastores."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from azureml._scoredock.failures import not_here
from azureml._scoredock.pipeline_values import OUTPUTS, PortDataReference
from azureml.core.datastore import Datastore
from azureml.data.dataset_factory import FileDatasetFactory
from azureml.data.output_dataset_config import OutputTabularDatasetConfig, source_of

if TYPE_CHECKING:
    from azureml.core.run import Run


def place_of(output: Any, run: "Run") -> PortDataReference:
    """Where a run writes what an output stands for. Raises UserErrorException with `sdk-not-here`."""
    if not isinstance(output, OUTPUTS):
        raise not_here(f"The output {type(output).__name__} of a step", "Use an OutputFileDatasetConfig.")
    output = source_of(output)
    store = output.datastore or Datastore.get_default(run._own_experiment().workspace)
    return PortDataReference(output.name, store, output._below(run.id))


def register_files(output: Any, place: PortDataReference, run: "Run") -> None:
    """Registers what was written as a version of a dataset, where the output says so."""
    has_files = any(names for _, _, names in os.walk(place._folder))
    for each in (output, source_of(output)) if has_files else ():
        if each._registration:
            is_table = isinstance(each, OutputTabularDatasetConfig)
            path = (place.datastore, place.path_on_datastore)
            made = each._table(place._folder) if is_table else FileDatasetFactory.from_files(path)
            made.register(run._own_experiment().workspace, create_new_version=True, **each._registration)
            return
