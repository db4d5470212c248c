"""Answers of a model to samples, as numbers and texts that two Pythons can compare."""

import importlib
import json
from typing import Any, Dict, List, Optional

from .failures import CannotCarry, in_one_line

_METHODS = ("predict", "predict_proba", "decision_function")
_MOST_VALUES = 2000000
Samples = Dict[str, Any]


def read_samples(path: str) -> Samples:
    """`{"columns": [names] or null, "rows": [[…]]}`, or `{"texts": […]}`."""
    with open(path, encoding="utf-8") as stream:
        samples: Samples = json.load(stream)
    return samples


def as_input(samples: Samples) -> Any:
    """Input for a model: a list of texts, a data frame if columns have names, else an array."""
    if "texts" in samples:
        return samples["texts"]
    rows, columns = samples["rows"], samples["columns"]
    if columns:
        return importlib.import_module("pandas").DataFrame(rows, columns=columns)
    numpy = importlib.import_module("numpy")
    numeric = all(cell is None or isinstance(cell, (int, float)) for row in rows for cell in row)
    return numpy.array(rows, dtype="float64" if numeric else object)


def answers_of(model: Any, samples: Samples) -> Dict[str, Any]:
    """Name of a method → its response: `{"shape": […], "values": [flat], "text": whether they are not numbers}`."""
    answers: Dict[str, Any] = {}
    for name in _METHODS:
        if not hasattr(model, name):
            continue
        try:
            answers.update(_listed(name, getattr(model, name)(as_input(samples))))
        except (AttributeError, NotImplementedError):
            if name == "predict":
                raise
    if not answers:
        answers.update(_listed("transform", model.transform(as_input(samples))))
    return answers


def _listed(name: str, answer: Any) -> Dict[str, Any]:
    if isinstance(answer, list) and answer and hasattr(answer[0], "shape"):  # one for each output
        lists: Dict[str, Any] = {}
        for number, each in enumerate(answer):
            lists.update(_listed("{}[{}]".format(name, number), each))
        return lists
    if hasattr(answer, "toarray"):
        answer = answer.toarray()
    numpy = importlib.import_module("numpy")
    array = numpy.asarray(answer)
    if array.size > _MOST_VALUES:
        raise CannotCarry("size", [name])
    is_number = array.dtype.kind in "biuf"
    flat = array.ravel()
    values = [float(each) for each in flat] if array.dtype.kind in "biuf" else [_text(each) for each in flat]
    return {name: {"shape": list(array.shape), "values": values, "text": not is_number}}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def first_problem(model: Any, samples: Samples) -> Optional[str]:
    """Reason why the model cannot answer these samples; None if it can."""
    try:
        answers_of(model, samples)
    except Exception as error:  # whatever the model raises
        return in_one_line(error)
    return None


def some_of(samples: Samples, numbers: List[int]) -> Samples:
    """Samples with these numbers."""
    if "texts" in samples:
        return {"texts": [samples["texts"][number] for number in numbers]}
    return {"columns": samples["columns"], "rows": [samples["rows"][number] for number in numbers]}
