"""Old models as new versions that newer packages load."""

from __future__ import annotations

from typing import Literal

from scoredock.late_dataclass import dataclass
from scoredock.options import WorkspaceTask
from scoredock.protocol.messages.models import Model

CarryForm = Literal["resaved", "onnx", "skops"]


@dataclass(frozen=True)
class ModelConvertParams(WorkspaceTask):
    id: str
    """`name:version`, `name@alias`, or `name` for the newest."""
    form: CarryForm = "resaved"
    """A pickle of a newer scikit-learn, an ONNX file, or a skops file."""
    confirmed: bool = False
    """The person allows that the code in the pickle runs; nothing is loaded without it."""
    file: str = ""
    """Path of the pickle in the version; empty where it has only one."""
    environment: str = ""
    """Registered environment that loads it; empty for the packages that the pickle says it was saved with."""
    environment_path: str = ""
    """The same as a file."""
    release: str = ""
    """Version of scikit-learn to save it for; empty for the newest."""
    samples: str = ""
    """File with rows to compare on: CSV or JSON."""
    dataset: str = ""
    """Dataset of request bodies to compare on, `name:version`."""
    collected: str = ""
    """Service whose collected data to compare on."""
    timeout: float = 600.0
    """Seconds for each process."""
    memory_gb: float = 8.0
    """Memory limit of each process."""


@dataclass(frozen=True)
class AnswerDifference:
    """Difference in one number of a response that is not the same to the last bit."""

    method: str
    """`predict`, `predict_proba`, …"""
    sample: int
    """Counted from 0."""
    column: int
    before: str
    after: str
    relative: float


@dataclass(frozen=True)
class ModelConverted:
    """A new version, and how its responses compare with those of the old one."""

    model: Model
    source: str
    """`name:version` that it was made from."""
    before: str
    """`scikit-learn 0.24.2, Python 3.7.16`."""
    after: str
    samples: int
    samples_from: str
    """A file, dataset or service; empty for samples that were generated."""
    methods: list[str]
    numbers: int
    """How many numbers and texts were compared."""
    largest_difference: float
    """Relative."""
    differences: list[AnswerDifference]
    """The largest ones, at most ten."""
