"""Expressions for the values of hyperparameters in a search: each is its name and its values, as in v1."""

from __future__ import annotations

from typing import Any, List

__all__ = [
    "choice",
    "lognormal",
    "loguniform",
    "normal",
    "qlognormal",
    "qloguniform",
    "qnormal",
    "quniform",
    "randint",
    "uniform",
]


def choice(*options: Any) -> List[Any]:
    """Expression for one of these values, which may come as one list or range."""
    whole = options[0] if len(options) == 1 and isinstance(options[0], (list, range)) else options
    return ["choice", [list(whole)]]


def randint(upper: int) -> List[Any]:
    """A whole number below that one."""
    return ["randint", [upper]]


def uniform(min_value: float, max_value: float) -> List[Any]:
    """Evenly between the two."""
    return ["uniform", [min_value, max_value]]


def quniform(min_value: float, max_value: float, q: float) -> List[Any]:
    """Expression as `uniform`, in steps of q."""
    return ["quniform", [min_value, max_value, q]]


def loguniform(min_value: float, max_value: float) -> List[Any]:
    """Expression for a value whose logarithm is evenly distributed between the two."""
    return ["loguniform", [min_value, max_value]]


def qloguniform(min_value: float, max_value: float, q: float) -> List[Any]:
    """Expression as `loguniform`, in steps of q."""
    return ["qloguniform", [min_value, max_value, q]]


def normal(mu: float, sigma: float) -> List[Any]:
    """Around mu."""
    return ["normal", [mu, sigma]]


def qnormal(mu: float, sigma: float, q: float) -> List[Any]:
    """Expression as `normal`, in steps of q."""
    return ["qnormal", [mu, sigma, q]]


def lognormal(mu: float, sigma: float) -> List[Any]:
    """Expression for a value whose logarithm is normally distributed around mu."""
    return ["lognormal", [mu, sigma]]


def qlognormal(mu: float, sigma: float, q: float) -> List[Any]:
    """Expression as `lognormal`, in steps of q."""
    return ["qlognormal", [mu, sigma, q]]
