"""Outputs of scripts and steps: folders of datastores that they write, and datasets of these."""

from __future__ import annotations

import json
import os
import shutil
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any, Dict, Sequence

from azureml._scoredock.failures import not_here
from azureml._scoredock.pipeline_values import OUTPUTS, PortDataReference
from azureml.core.datastore import Datastore
from azureml.data.dataset_factory import FileDatasetFactory
from azureml.data.output_dataset_config import OutputTabularDatasetConfig, source_of

if TYPE_CHECKING:
    from azureml.core.run import Run

_PLACES = "scoredock.outputs"  # property of a run


def place_of(output: Any, run: "Run") -> PortDataReference:
    """Place in a datastore where a run writes an output. Raises UserErrorException with `sdk-not-here`."""
    if not isinstance(output, OUTPUTS):
        raise not_here(f"The output {type(output).__name__} of a step", "Use an OutputFileDatasetConfig.")
    output = source_of(output)
    store = output.datastore or Datastore.get_default(run._own_experiment().workspace)
    return PortDataReference(output.name, store, output._below(run.id))


def keep_places(outputs: Sequence[Any], run: Any) -> None:
    """Records in the run's properties where it writes its outputs, for other scripts."""
    places = {
        each.name: {
            "datastore": run._places[each.name].datastore.name,
            "path": run._places[each.name].path_on_datastore,
            "pipelineOutput": getattr(each, "pipeline_output_name", None),
        }
        for each in outputs
    }
    if places:
        run.add_properties({_PLACES: json.dumps(places)})


def kept_places(run: "Run") -> Dict[str, PortDataReference]:
    """Places where a run of any script has written its outputs, by their names and those that pipelines give them."""
    places: Dict[str, PortDataReference] = {}
    for name, each in json.loads(run.get_properties().get(_PLACES) or "{}").items():
        store = Datastore.get(run._own_experiment().workspace, each["datastore"])
        places[name] = PortDataReference(name, store, each["path"])
        if each["pipelineOutput"]:
            places.setdefault(each["pipelineOutput"], places[name])
    return places


def take_source(output: Any, place: PortDataReference, folder: str) -> None:
    """Copies what a script has left in the source of an output, a file or a folder, which is below its own folder."""
    output = source_of(output)
    if not getattr(output, "source", None):
        return
    path = os.path.normpath(os.path.join(folder, str(output.source)))
    if os.path.isfile(path):
        shutil.copy2(path, place._folder)
    for top, _, names in os.walk(path):
        for name in names:
            below = os.path.relpath(os.path.join(top, name), path)
            if not output._globs or any(fnmatch(below.replace(os.sep, "/"), each) for each in output._globs):
                os.makedirs(os.path.join(place._folder, os.path.dirname(below)), exist_ok=True)
                shutil.copy2(os.path.join(top, name), os.path.join(place._folder, below))


def register_files(output: Any, place: PortDataReference, run: "Run") -> None:
    """Registers what was written as a version of a dataset, where the output says so."""
    has_files = any(names for _, _, names in os.walk(place._folder))
    for each in (output, source_of(output)) if has_files else ():
        if each._registration:
            is_table = isinstance(each, OutputTabularDatasetConfig)
            path = (place.datastore, place.path_on_datastore)
            form = getattr(each, "partition_format", None)
            made = each._table(place._folder) if is_table else FileDatasetFactory.from_files(path, True, form)
            made.register(run._own_experiment().workspace, create_new_version=True, **each._registration)
            return
