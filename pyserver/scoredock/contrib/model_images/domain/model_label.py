"""Label of an image or artifact that describes the model in it, so that it can be registered again as it was. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from scoredock.late_dataclass import dataclass
from scoredock.oci.content import Malformed
from scoredock.registry.records import ModelVersion, Resources

LABEL: Final = "com.scoredock.model"
"""Of the configuration of an image, an annotation of an artifact: JSON."""
_FORM = 1
"""Raised when an older release could not read what is written."""


@dataclass(frozen=True, slots=True)
class ModelLabel:
    """Facts of a registration beside the files, without times, accounts and places of this machine."""

    name: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    framework: str = ""
    framework_version: str = ""
    resources: Resources = field(default_factory=Resources)
    sample_input: str = ""
    """`name:version` of a dataset, whose content is not in the image."""
    sample_output: str = ""
    datasets: tuple[tuple[str, str], ...] = ()
    is_folder: bool = True
    root: str = ""
    """The folder that all of the model lies in, which an image does not have below `/models`."""
    folders: tuple[str, ...] = ()
    """Stored paths of empty folders, which artifacts cannot hold."""

    @classmethod
    def of(cls, model: ModelVersion) -> ModelLabel:
        """Label of a registered version."""
        metadata = model.metadata
        return cls(
            model.name,
            model.description,
            model.tags,
            model.properties,
            model.framework,
            model.framework_version,
            metadata.resources,
            metadata.sample_input_dataset,
            metadata.sample_output_dataset,
            metadata.datasets,
            model.is_folder,
            root_of(model),
            model.folders,
        )

    def to_text(self) -> str:
        """Text of the label; equal models have an equal one."""
        return json.dumps(
            {
                "form": _FORM,
                "name": self.name,
                "description": self.description,
                "tags": dict(self.tags),
                "properties": dict(self.properties),
                "framework": self.framework,
                "frameworkVersion": self.framework_version,
                "resources": [self.resources.cpu, self.resources.memory_in_gb, self.resources.gpu],
                "sampleInput": self.sample_input,
                "sampleOutput": self.sample_output,
                "datasets": [list(each) for each in self.datasets],
                "isFolder": self.is_folder,
                "root": self.root,
                "folders": list(self.folders),
            },
            sort_keys=True,
            separators=(",", ":"),
        )

    @classmethod
    def from_text(cls, text: str) -> ModelLabel:
        """Raises Malformed; what the fields may hold is checked by whoever registers."""
        try:
            document = json.loads(text)
            if document["form"] != _FORM:
                raise Malformed(f"what it says of its model is of another release ({str(document['form'])[:20]})")
            cpu, memory, gpu = (_number(each) for each in document["resources"])
            return cls(
                _text(document["name"]),
                _text(document["description"]),
                _texts(document["tags"]),
                _texts(document["properties"]),
                _text(document["framework"]),
                _text(document["frameworkVersion"]),
                Resources(cpu, memory, None if gpu is None else int(gpu)),
                _text(document["sampleInput"]),
                _text(document["sampleOutput"]),
                tuple((_text(scenario), _text(dataset)) for scenario, dataset in document["datasets"]),
                document["isFolder"] is True,
                _text(document["root"]),
                tuple(_text(each) for each in document["folders"]),
            )
        except Malformed:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            raise Malformed("what it says of its model is damaged") from None


def root_of(model: ModelVersion) -> str:
    """Folder that all of a model lies in; empty if there is none."""
    paths = [*(file.path for file in model.files), *(f"{each}/" for each in model.folders)]
    roots = {path.partition("/")[0] for path in paths}
    return roots.pop() if len(roots) == 1 and all("/" in path for path in paths) else ""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(value: Any) -> dict[str, str]:
    return {_text(name): _text(each) for name, each in value.items()}


def _number(value: Any) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise TypeError
    return value
