"""Runs one job in a process of its own: read a model, build it again, or let it answer.

A job is a JSON file that names another one for the result: `{"ok": …}`, or `{"failed": …}` with the stage.
"""

import importlib
import json
import os
import sys
import warnings
from typing import Any, Callable, Dict

from .answers import answers_of, read_samples
from .built_model import build, load_built
from .failures import CannotCarry, in_one_line
from .made_samples import made_samples
from .plain_state import dump

_STAGE = {"now": "start"}
Job = Dict[str, Any]


def main(path: str) -> None:
    """Does the job of the file; writes the result, whatever happens short of the end of the process."""
    with open(path, encoding="utf-8") as stream:
        job = json.load(stream)
    warnings.simplefilter("ignore")
    _limit(int(job["memory"]))
    jobs: Dict[str, Callable[[Job], Dict[str, Any]]] = {"read": _read, "build": _build, "answer": _answer}
    try:
        result = {"ok": jobs[job["do"]](job)}
    except CannotCarry as refusal:
        result = {"failed": {"stage": _STAGE["now"], "kind": refusal.kind, "message": str(refusal)}}
        result["failed"]["names"] = refusal.names
    except MemoryError:
        result = {"failed": {"stage": _STAGE["now"], "kind": "memory", "message": "MemoryError", "names": []}}
    except Exception as error:  # whatever the model raises
        result = {"failed": {"stage": _STAGE["now"], "kind": "error", "message": in_one_line(error), "names": []}}
    temporary = job["result"] + ".part"
    with open(temporary, "w", encoding="utf-8") as stream:
        json.dump(result, stream)
    os.replace(temporary, job["result"])


def _limit(count: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has none
        return
    resource.setrlimit(resource.RLIMIT_AS, (count, count))


def _read(job: Job) -> Dict[str, Any]:
    """The model of a pickle as plain state, with samples and its responses to them."""
    _STAGE["now"] = "load"
    model = _unpickled(job["model"], job["loader"])
    if not any(hasattr(model, name) for name in ("predict", "transform")):
        raise CannotCarry("answers", [_class_of(model)])
    _STAGE["now"] = "state"
    release = _release()
    dump(model, job["folder"], release)
    _STAGE["now"] = "samples"
    samples = read_samples(job["samples"]) if job["samples"] else made_samples(model, int(job["count"]))
    _STAGE["now"] = "answer"
    answers = answers_of(model, samples)
    _write(job["folder"], "samples.json", samples)
    _write(job["folder"], "before.json", answers)
    return {"release": release, "python": sys.version.split()[0], "class": _class_of(model), "made": not job["samples"]}


def _build(job: Job) -> Dict[str, Any]:
    """The model of plain state, saved in the chosen form."""
    _STAGE["now"] = "build"
    notes = build(job["folder"], job["form"], job["model"], read_samples(os.path.join(job["folder"], "samples.json")))
    return {"release": _release(), "python": sys.version.split()[0], "notes": notes}


def _answer(job: Job) -> Dict[str, Any]:
    """Responses of the saved model."""
    _STAGE["now"] = "load"
    model = load_built(job["form"], job["model"])
    _STAGE["now"] = "after"
    samples = read_samples(os.path.join(job["folder"], "samples.json"))
    _write(job["folder"], "after.json", answers_of(model, samples))
    return {}


def _unpickled(path: str, loader: str) -> Any:
    """Object in a file whose arrays only the module `loader` reads; joblib or pickle if it is empty."""
    try:
        load = importlib.import_module(loader or "joblib").load
    except ImportError:
        if loader:
            raise
        import pickle

        with open(path, "rb") as stream:
            return pickle.load(stream)  # noqa: S301 (the person has said yes)
    return load(path)


def _release() -> str:
    return str(importlib.import_module("sklearn").__version__)


def _class_of(model: object) -> str:
    return "{}.{}".format(type(model).__module__, type(model).__qualname__)


def _write(folder: str, name: str, document: object) -> None:
    with open(os.path.join(folder, name), "w", encoding="utf-8") as stream:
        json.dump(document, stream)
