"""Scripts that train with scikit-learn."""

from __future__ import annotations

from azureml.train.estimator import Estimator

__all__ = ["SKLearn"]


class SKLearn(Estimator):
    """An estimator whose environment has scikit-learn."""

    _always = ["scikit-learn", "pandas"]
