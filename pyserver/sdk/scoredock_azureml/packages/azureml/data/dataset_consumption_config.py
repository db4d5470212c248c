"""A dataset as an input of a submitted script: rows under a name, or files in a folder of the run."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Dict, List, Optional

from azureml._scoredock.failures import not_here

INPUTS = "SCOREDOCK_SDK_INPUTS"
"""Variable of a submitted script: what it was given, as JSON, by name."""


class DatasetConsumptionConfig:
    """Dataset as an input of a script, as `as_named_input`, `as_mount` and `as_download` give it."""

    def __init__(self, name: str, dataset: Any, mode: str = "direct", path_on_compute: Optional[str] = None) -> None:
        self.name = name
        self.dataset = dataset
        self.mode = mode
        self.path_on_compute = path_on_compute

    def as_named_input(self, name: str) -> "DatasetConsumptionConfig":
        """The input under another name."""
        return DatasetConsumptionConfig(name, self.dataset, self.mode, self.path_on_compute)

    def as_mount(self, path_on_compute: Optional[str] = None) -> "DatasetConsumptionConfig":
        """Files in a folder; the script finds its path as the argument. Copies here, so that the own files stay."""
        return self._as_files("mount", path_on_compute)

    def as_download(self, path_on_compute: Optional[str] = None) -> "DatasetConsumptionConfig":
        """Files in a folder; the script finds its path as the argument."""
        return self._as_files("download", path_on_compute)

    def _as_files(self, mode: str, path_on_compute: Optional[str]) -> "DatasetConsumptionConfig":
        from azureml.data.file_dataset import FileDataset
        from azureml.data.tabular_dataset import TabularDataset

        # What a pipeline is given may be another dataset each time.
        dataset = getattr(self.dataset, "default_value", self.dataset)
        if isinstance(dataset, TabularDataset) and not isinstance(dataset, FileDataset):
            raise not_here(f"A tabular dataset as a {mode}", "Use Dataset.File.from_files for files.")
        return DatasetConsumptionConfig(self.name, self.dataset, mode, path_on_compute)

    def _hand_in(self, folder: str, inputs: Dict[str, Dict[str, str]], folders: Dict[int, str]) -> str:
        """Writes it where the script finds it, and into `inputs`; gives the argument. What another script has written
        stays in its folder, which `folders` has by the identity of what stands for it."""
        from azureml.data.file_dataset import FileDataset
        from azureml.data.output_dataset_config import OutputTabularDatasetConfig

        dataset = self.dataset
        if id(dataset) in folders:
            inputs[self.name] = {"path": folders[id(dataset)]}
            return inputs[self.name]["path"]
        if isinstance(dataset, OutputTabularDatasetConfig):
            dataset = dataset._table(folders[id(dataset._files)])
        place = os.path.join(folder, str(len(inputs)))
        os.makedirs(place)
        if isinstance(dataset, FileDataset):
            copies = dataset.download(place, overwrite=True)
            path = copies[0] if dataset._is_single else place
            inputs[self.name] = {"path": path}
            if self.mode == "direct":
                inputs[self.name].update(folder=place, id=dataset.id or f"{self.name}-of-this-run")
            return path
        rows = os.path.join(place, "rows.json")
        with open(rows, "w", encoding="utf-8") as file:
            json.dump([dataset._loaded(), dataset._times, dataset.partition_keys], file)
        inputs[self.name] = {"rows": rows, "id": dataset.id or f"{self.name}-of-this-run"}
        return inputs[self.name]["id"]


def handed_in() -> Dict[str, Any]:
    """Inputs of this script by name: datasets, and the paths of those that are mounted or downloaded."""
    from azureml.data.file_dataset import FileDataset
    from azureml.data.tabular_dataset import TabularDataset

    inputs: Dict[str, Any] = {}
    for name, entry in json.loads(os.environ.get(INPUTS) or "{}").items():
        if "folder" in entry:
            files = [
                (str(each), each.relative_to(entry["folder"]).as_posix()) for each in _files_below(entry["folder"])
            ]
            inputs[name] = FileDataset(files=files, is_single=os.path.isfile(entry["path"]))
            inputs[name].id, inputs[name].name = entry["id"], name
            continue
        if "path" in entry:
            inputs[name] = entry["path"]
            continue
        with open(entry["rows"], encoding="utf-8") as file:
            rows, times, keys = json.load(file)
        inputs[name] = TabularDataset(rows)
        inputs[name]._times, inputs[name].partition_keys = tuple(times), keys
        inputs[name].id, inputs[name].name = entry["id"], name
    return inputs


def _files_below(folder: str) -> List[Path]:
    return sorted(each for each in Path(folder).rglob("*") if each.is_file())


def copy_files(files: Any, target: str, overwrite: bool) -> Any:
    """Copies of (path, path below the dataset) below a folder; gives their paths. Raises FileExistsError."""
    copies = []
    for path, below in files:
        copy = os.path.join(os.path.abspath(target), *below.split("/"))
        if os.path.exists(copy) and not overwrite:
            raise FileExistsError(f"{copy} exists. Give overwrite=True to write over it.")
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy2(path, copy)
        copies.append(copy)
    return copies
