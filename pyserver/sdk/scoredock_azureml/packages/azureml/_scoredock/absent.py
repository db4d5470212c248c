"""What v1 has and this machine has no counterpart of: it can be imported, and says so in one sentence when used."""

from __future__ import annotations

from typing import Any, Callable, Dict, Sequence

from azureml._scoredock.failures import not_here

TRAINING = "Train with your own tools or MLflow, then register the model with Model.register."
CLOUD = "Deploy with AciWebservice or AksWebservice, which run here as LocalWebservice does."
DATA = "Read the file with your own tools."


class _Absent(type):
    """A class whose objects and attributes are refused."""

    _instead = ""

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise not_here(cls.__name__, cls._instead)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise not_here(f"{cls.__name__}.{name}", cls._instead)


def absent(name: str, instead: str) -> Any:
    """The class of v1 of that name; whatever is done with it raises UserErrorException with `sdk-not-here`."""
    return _Absent(name, (), {"_instead": instead, "__doc__": f"Not here. {instead}"})


def refuse_each(kind: Any, names: Sequence[str], instead: str) -> None:
    """Gives a class the methods of v1 that it has no counterpart of: each raises UserErrorException with
    `sdk-not-here`."""
    for name in names:
        setattr(kind, name, _refusing(f"{kind.__name__}.{name}", instead))


def _refusing(what: str, instead: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise not_here(what, instead)

    refuse.__doc__ = f"Not here. {instead}"
    return refuse


def names_of(module: str, names: Dict[str, str]) -> Callable[[str], Any]:
    """`__getattr__` of a module: the absent classes with what to do instead."""

    def find(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return absent(name, names[name])

    return find
