"""The estimator `SKLearn`: scripts that train with scikit-learn."""

from __future__ import annotations

from azureml.train.estimator import Estimator

__all__ = ["SKLearn"]


class SKLearn(Estimator):
    """An estimator whose environment has scikit-learn, and pandas, which v1's has not."""

    _usual_version = "0.20.3"
    _releases = {"0.20.3": "scikit-learn==0.20.3 scipy==1.2.1 joblib==0.13.2 pandas"}
