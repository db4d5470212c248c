"""Explanations of models among the files of a run, which interpret-community makes and reads in the Python of a script.

May import: the standard library and `azureml`. Door: `ExplanationClient`.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from azureml._scoredock.absent import PACKAGES, every_name
from azureml._scoredock.failures import not_here
from azureml._scoredock.temporary import scratch_folder
from azureml.core.experiment import Experiment
from azureml.core.run import Run
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

__all__ = ["ExplanationClient"]
_PLACE = "explanation"
_RECORD = "scoredock.json"
_RAW, _ENGINEERED = "raw", "engineered"


class ExplanationClient:
    """Client of the explanations of one run."""

    def __init__(self, service_context: Any, experiment_name: Any, run_id: str, _run: Any = None) -> None:
        if _run is None:
            raise not_here("ExplanationClient(service_context)", "Write ExplanationClient.from_run(run).")
        self.run = _run

    @classmethod
    def from_run(cls, run: Any, cached: bool = False) -> "ExplanationClient":
        """Client of the explanations of this run."""
        return cls(None, None, run.id, run)

    @classmethod
    def from_run_id(
        cls, workspace: "Workspace", experiment_name: str, run_id: str, cached: bool = False
    ) -> "ExplanationClient":
        """Client of the explanations of a run, by its id."""
        return cls.from_run(Run(Experiment(workspace, experiment_name), run_id))

    def upload_model_explanation(
        self, explanation: Any, *args: Any, comment: Optional[str] = None, model_id: Optional[str] = None, **others: Any
    ) -> None:
        """Saves it among the files of the run."""
        id = str(getattr(explanation, "id", "") or uuid.uuid4())
        record = {
            "id": id,
            "comment": comment,
            "model_id": model_id,
            "explanation_type": _kind_of(explanation),
            "upload_time": time.time(),
        }
        with scratch_folder("run") as folder:
            place = os.path.join(folder, "saved")
            _package().save_explanation(explanation, place)
            with open(os.path.join(place, _RECORD), "w", encoding="utf-8") as file:
                json.dump(record, file)
            paths = [os.path.join(top, name) for top, _, names in os.walk(place) for name in sorted(names)]
            names = [f"{_PLACE}/{id}/{os.path.relpath(path, place).replace(os.sep, '/')}" for path in paths]
            self.run.upload_files(names, paths)

    def list_model_explanations(
        self,
        comment: Optional[str] = None,
        raw: Optional[bool] = None,
        engineered: Optional[bool] = None,
        **others: Any,
    ) -> List[Dict[str, Any]]:
        """Records of the explanations, the oldest first."""
        records = []
        with scratch_folder("run") as folder:
            for number, name in enumerate(self.run.get_file_names()):
                if name.startswith(f"{_PLACE}/") and name.endswith(f"/{_RECORD}"):
                    path = os.path.join(folder, str(number))
                    self.run.download_file(name, path)
                    with open(path, encoding="utf-8") as file:
                        records.append(json.load(file))
        records = [each for each in records if comment in (None, each["comment"])]
        for kind, is_meant in ((_RAW, raw), (_ENGINEERED, engineered)):
            if is_meant:
                records = [each for each in records if each["explanation_type"] == kind]
        return sorted(records, key=lambda each: float(each["upload_time"]))

    def download_model_explanation(
        self,
        explanation_id: Optional[str] = None,
        top_k: Optional[int] = None,
        comment: Optional[str] = None,
        raw: Optional[bool] = None,
        engineered: Optional[bool] = None,
        **others: Any,
    ) -> Any:
        """The newest one that is meant. Raises UserErrorException where the run has none."""
        if top_k is not None:
            raise not_here(
                "ExplanationClient.download_model_explanation(top_k)",
                "Leave it out, and write explanation.get_feature_importance_dict(top_k=...).",
            )
        records = self.list_model_explanations(comment, raw, engineered)
        records = [each for each in records if explanation_id in (None, each["id"])]
        if not records:
            raise UserErrorException(f"The run {self.run.id} has no such explanation of a model.")
        prefix = f"{_PLACE}/{records[-1]['id']}/"
        with scratch_folder("run") as folder:
            for name in self.run.get_file_names():
                if name.startswith(prefix) and not name.endswith(f"/{_RECORD}"):
                    path = os.path.join(folder, *name[len(prefix) :].split("/"))
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    self.run.download_file(name, path)
            return _package().load_explanation(folder)


def _kind_of(explanation: Any) -> str:
    """Kind of an explanation: of features as they are in the data, or as a pipeline has made them."""
    return _RAW if getattr(explanation, "is_raw", False) else _ENGINEERED


def _package() -> Any:
    """Raises UserErrorException where it is not installed."""
    try:
        from interpret_community.explanation import explanation  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise not_here(
            f"An explanation without interpret-community ({error})", "Install interpret-community."
        ) from None
    return explanation


__getattr__ = every_name(__name__, PACKAGES[__name__])
