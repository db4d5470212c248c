"""A model of plain state again, in the chosen form; and loaded from that form."""

import importlib
import json
import os
from typing import Any, Dict, List

from .answers import Samples
from .failures import CannotCarry
from .restored import Restoring


def build(folder: str, form: str, target: str, samples: Samples) -> List[str]:
    """Saves the model of a folder in which `plain_state.dump` wrote; gives what was left out.

    Raises CannotCarry `counterpart` or `form`, and whatever a package raises.
    """
    numpy = importlib.import_module("numpy")
    with open(os.path.join(folder, "state.json"), encoding="utf-8") as stream:
        document = json.load(stream)
    with numpy.load(os.path.join(folder, "arrays.npz"), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    restoring = Restoring(document["made"], arrays)
    model = restoring.decoded(document["model"])
    {"resaved": _save_pickle, "skops": _save_skops, "onnx": _save_onnx}[form](model, target, samples)
    return sorted({*document["left"], *restoring.left})


def load_built(form: str, path: str) -> Any:
    """Model that is loaded from a file of the form, with the methods of the saved one."""
    if form == "onnx":
        return _OnnxModel(path)
    if form == "skops":
        skops = importlib.import_module("skops.io")
        return skops.load(path, trusted=skops.get_untrusted_types(file=path))
    joblib = importlib.import_module("joblib")
    return joblib.load(path)


def _save_pickle(model: Any, target: str, samples: Samples) -> None:
    importlib.import_module("joblib").dump(model, target)


def _save_skops(model: Any, target: str, samples: Samples) -> None:
    skops = importlib.import_module("skops.io")
    skops.dump(model, target)
    untrusted = [name for name in skops.get_untrusted_types(file=target) if name.split(".")[0] not in _PACKAGES]
    if untrusted:
        raise CannotCarry("form", untrusted)


_PACKAGES = ("sklearn", "numpy", "scipy", "builtins", "pandas")


def _save_onnx(model: Any, target: str, samples: Samples) -> None:
    """Saves ONNX with numbers of 64 bits if ONNX Runtime has the operators for them, as it has not for trees, else of
    32.
    """
    skl2onnx = importlib.import_module("skl2onnx")
    runtime = importlib.import_module("onnxruntime")
    types = importlib.import_module("skl2onnx.common.data_types")
    options = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None
    for number in (types.DoubleTensorType, types.FloatTensorType):
        initial = _initial_types(types, number, samples)
        content = skl2onnx.convert_sklearn(model, initial_types=initial, options=options).SerializeToString()
        try:
            runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
        except Exception:  # its own classes are many, and the next kind of numbers may do
            if number is types.FloatTensorType:
                raise
            continue
        with open(target, "wb") as stream:
            stream.write(content)
        return


def _initial_types(types: Any, number: Any, samples: Samples) -> List[Any]:
    """One input for all numbers; one for each column where columns have names; texts as strings."""
    if "texts" in samples:
        return [("input", types.StringTensorType([None, 1]))]
    columns, rows = samples["columns"], samples["rows"]
    if not columns:
        return [("input", number([None, len(rows[0])]))]
    inputs = []
    for place, name in enumerate(columns):
        is_text = any(isinstance(row[place], str) for row in rows)
        inputs.append((name, (types.StringTensorType if is_text else number)([None, 1])))
    return inputs


_KINDS = {"tensor(string)": object, "tensor(float)": "float32", "tensor(double)": "float64"}


class _OnnxModel:
    """A file of ONNX as if it were the model: `predict`, and `predict_proba` where it tells probabilities."""

    def __init__(self, path: str) -> None:
        runtime = importlib.import_module("onnxruntime")
        self._session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self._outputs = [each.name for each in self._session.get_outputs()]
        if len(self._outputs) > 1:
            self.predict_proba = lambda data: self._run(data)[1]

    def predict(self, data: Any) -> Any:
        answer = self._run(data)[0]
        return answer.ravel() if getattr(answer, "ndim", 1) == 2 and answer.shape[1] == 1 else answer

    def _run(self, data: Any) -> List[Any]:
        numpy = importlib.import_module("numpy")
        inputs = self._session.get_inputs()
        feeds: Dict[str, Any] = {}
        if isinstance(data, list):
            feeds[inputs[0].name] = numpy.array(data, dtype=object).reshape(-1, 1)
        elif hasattr(data, "columns"):
            for each in inputs:
                feeds[each.name] = data[each.name].to_numpy(dtype=_KINDS[each.type]).reshape(-1, 1)
        else:
            feeds[inputs[0].name] = data.astype(_KINDS[inputs[0].type])
        return list(self._session.run(self._outputs, feeds))
