"""`AutoMLRun`: runs of automated ML with children, of which the best is registered."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from azureml._scoredock.absent import TRAINING
from azureml._scoredock.failures import not_here
from azureml.core.model import Model, _registered
from azureml.core.run import Run
from azureml.core.webservice import deployment


class AutoMLRun(Run):
    """A parent run of MLflow with a primary metric."""

    model_id: Optional[str] = None
    """The name of the model that was registered last."""

    def register_model(  # type: ignore[override]
        self,
        model_name: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Dict[str, Any]] = None,
        iteration: Optional[int] = None,
        metric: Optional[str] = None,
    ) -> Model:
        """Registers the child with the best primary metric, or the one that is named."""
        params = {
            "store": self._store,
            "runId": self.id,
            "name": model_name or "",
            "description": description or "",
            "tags": deployment.texts(tags, "Tags"),
            "iteration": iteration,
            "metric": metric or "",
        }
        model = _registered(self._workspace(), "run/register", params)
        self.model_id = model.name
        return model

    def get_output(self, iteration: Optional[int] = None, metric: Optional[str] = None) -> Tuple[Any, Any]:
        """The model itself is not loaded here."""
        raise not_here("AutoMLRun.get_output", "Use register_model and Model.download. " + TRAINING)
