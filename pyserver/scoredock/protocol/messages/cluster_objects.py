"""Services as objects of a cluster: seen before they are applied, and written for git."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServicePreview:
    """What a deployment would apply in a cluster. Nothing was made, sent or recorded."""

    text: str
    """The objects as YAML, with a note in the place of what is secret."""
    diff: str
    """A unified diff of what stands against what would be; empty where nothing differs, or the cluster is away."""
    image_is_certain: bool
    """Whether the image is named by the digest that it would have; else its name stands for one that is not made."""
    silence: str = ""
    """Why the cluster does not answer, in a sentence; empty where it takes all objects."""


@dataclass(frozen=True)
class ServiceExportParams:
    """A service whose objects are to be written."""

    name: str
    output_path: str
    """Absolute path of a folder that is new or empty."""
    secret_path: str = ""
    """Absolute path of a new file for the Secret with its values, which is for nobody's git; empty for none."""
    workspace_id: str = ""
    """Empty for the active workspace."""
    work_done_token: str | int | None = None


@dataclass(frozen=True)
class ServiceExported:
    """What was written."""

    folder: str
    files: list[str]
    """Names in the folder."""
    secret: str = ""
    """Name of the Secret that has to be there before; empty for none."""
    secret_path: str = ""
    """The file that has it; empty where it was not written."""
