"""Ways in which a search chooses hyperparameters: at random, by Bayes, or all of a grid."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any, Callable, Dict, Iterator, List, Optional

from azureml.exceptions import UserErrorException

__all__ = ["BayesianParameterSampling", "GridParameterSampling", "HyperParameterSampling", "RandomParameterSampling"]

_DICE = random.Random()  # noqa: S311 (nothing secret)


def _steps(value: float, q: float) -> float:
    return round(value / q) * q


_DRAWS: Dict[str, Callable[..., Any]] = {
    "choice": _DICE.choice,
    "randint": _DICE.randrange,
    "uniform": _DICE.uniform,
    "quniform": lambda low, high, q: _steps(_DICE.uniform(low, high), q),
    "loguniform": lambda low, high: math.exp(_DICE.uniform(low, high)),
    "qloguniform": lambda low, high, q: _steps(math.exp(_DICE.uniform(low, high)), q),
    "normal": _DICE.normalvariate,
    "qnormal": lambda mu, sigma, q: _steps(_DICE.normalvariate(mu, sigma), q),
    "lognormal": _DICE.lognormvariate,
    "qlognormal": lambda mu, sigma, q: _steps(_DICE.lognormvariate(mu, sigma), q),
}


class HyperParameterSampling:
    """A search space: for each hyperparameter what `parameter_expressions` gives. Raises UserErrorException."""

    _kinds = tuple(_DRAWS)
    _note = ""
    """What is otherwise than in Azure."""

    def __init__(self, parameter_space: Dict[str, Any], properties: Optional[Dict[str, Any]] = None) -> None:
        # Arguments come in the order of their names, as in Azure: scripts read them by their places.
        self._space = dict(sorted(parameter_space.items(), key=lambda pair: pair[0].lstrip("-")))
        for name, expression in self._space.items():
            kind = expression[0] if isinstance(expression, list) and expression else expression
            if kind not in self._kinds:
                raise UserErrorException(f"{type(self).__name__} takes no {kind} for {name}: {', '.join(self._kinds)}.")

    def _draw(self) -> Iterator[Dict[str, Any]]:
        """The values of one run after the other, without end."""
        while True:
            yield {name: _DRAWS[kind](*given) for name, (kind, given) in self._space.items()}


class RandomParameterSampling(HyperParameterSampling):
    """Values at random."""


class BayesianParameterSampling(HyperParameterSampling):
    """Values at random: what earlier runs came to guides nothing here."""

    _kinds = ("choice", "uniform", "quniform")
    _note = "Their values are drawn at random, not by what earlier runs came to."


class GridParameterSampling(HyperParameterSampling):
    """Sampling that takes each combination once."""

    _kinds = ("choice",)

    def _draw(self) -> Iterator[Dict[str, Any]]:
        options: List[List[Any]] = [given[0] for _, given in self._space.values()]
        for values in itertools.product(*options):
            yield dict(zip(self._space, values))
