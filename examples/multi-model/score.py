"""Several models behind one service: the request names one, which is loaded when it is first asked for."""

import json
import os
import threading
from pathlib import Path

import joblib
import numpy as np

from azureml.contrib.services.aml_response import AMLResponse


class Models:
    """The registered models of this service, loaded by name on first use."""

    def __init__(self, folder):
        # With several models AZUREML_MODEL_DIR holds NAME/VERSION/FILE; names of requests never become paths.
        self._folders = {
            named.name: max(named.iterdir(), key=lambda version: int(version.name)) for named in folder.iterdir()
        }
        self._locks = {name: threading.Lock() for name in self._folders}
        self._loaded = {}

    def names(self):
        """All that can be asked for, loaded or not."""
        return sorted(self._folders)

    def get(self, name):
        """The model. Raises KeyError for a name that is not there."""
        # One lock a name: while a large model loads, the others answer.
        with self._locks[name]:
            if name not in self._loaded:
                (file,) = self._folders[name].glob("*.pkl")
                self._loaded[name] = joblib.load(file)
                print(f"loaded {name} version {self._folders[name].name}")
            return self._loaded[name]


def init():
    """Looks which models there are; nothing is loaded yet, so the service is ready at once."""
    global models
    models = Models(Path(os.environ["AZUREML_MODEL_DIR"]))
    print(f"serving {', '.join(models.names())}")


def run(body):
    """Predicts with the model that the request names: `{"model": …, "data": [[…], …]}`."""
    try:
        request = json.loads(body)
        name, rows = request["model"], np.array(request["data"], dtype=float)
    except (ValueError, KeyError, TypeError):
        return refused(400, 'The body must be {"model": NAME, "data": [[NUMBER, …], …]}.')
    try:
        model = models.get(name)
    except (KeyError, TypeError):
        return refused(404, f"There is no model {name!r}; there is {', '.join(models.names())}.")
    if rows.ndim != 2 or rows.shape[1] != model.n_features_in_:
        return refused(400, f"Each row of data for {name} must have {model.n_features_in_} numbers.")
    return {"model": name, "predictions": model.predict(rows).tolist()}


def refused(status, message):
    """A mistake of the caller: told with its status, and not logged as a failure of this script."""
    return AMLResponse({"message": message}, status, json_str=True)
