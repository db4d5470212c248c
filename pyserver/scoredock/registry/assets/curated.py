"""Environments that Azure ML offered ready-made, with packages that install on the Pythons of today."""

from __future__ import annotations

from scoredock import l10n
from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Curated:
    """One ready-made environment."""

    name: str
    """As Azure ML spelled it."""
    summary: str
    packages: tuple[str, ...]
    """pip requirements; the SDK packages among them are what the scoring runtime stands in for."""
    original: str
    """What Azure ML's own asked for and what is different here, as one sentence."""
    azure_python: str = ""
    """Of Azure ML's own, for scripts that train in it; empty where they get `packages`."""
    azure_packages: tuple[str, ...] = ()
    """Its packages, without those of the SDK and of clusters."""


_SDK = ("azureml-core", "azureml-defaults")
_TRAINING = "azureml-telemetry and the azureml-train packages serve training only and are left out"

ENVIRONMENTS: tuple[Curated, ...] = (
    Curated(
        "AzureML-Minimal",
        "The scoring runtime alone, to start from",
        _SDK,
        "Python 3.6.2; any Python here.",
        "3.6.2",
    ),
    Curated(
        "AzureML-Tutorial",
        "scikit-learn, pandas, numpy, matplotlib",
        (*_SDK, "pandas", "numpy", "tqdm", "scikit-learn", "matplotlib", "sklearn-pandas"),
        "Python 3.6.2 with all azureml-sdk packages and mlflow; those serve training only and are left out.",
        "3.6.2",
        # The bounds are those of azureml-automl-runtime 1.20 to 1.38, which is one of the packages.
        (
            *("pandas<1", "numpy<1.19", "scikit-learn<0.23", "scipy<=1.5.2", "joblib==0.14.1"),
            *("tqdm", "matplotlib", "sklearn-pandas"),
        ),
    ),
    Curated(
        "AzureML-Scikit-learn-0.20.3",
        "scikit-learn, scipy, joblib",
        (*_SDK, "scikit-learn", "scipy", "joblib"),
        "Python 3.6.2, scikit-learn 0.20.3, scipy 1.2.1, joblib 0.13.2: no Python from 3.9 on has them, so the newest"
        f" are taken; {_TRAINING}.",
        "3.6.2",
        ("scikit-learn==0.20.3", "scipy==1.2.1", "joblib==0.13.2"),
    ),
    Curated(
        "AzureML-PyTorch-1.6-CPU",
        "PyTorch, torchvision",
        (*_SDK, "torch", "torchvision"),
        f"Python 3.6.2, torch 1.6, mkl, horovod, tensorboard: the newest torch is taken; {_TRAINING}.",
        "3.6.2",
        ("torch==1.6.0", "torchvision==0.5.0", "tensorboard==1.14.0", "future==0.17.1"),
    ),
    Curated(
        "AzureML-TensorFlow-2.2-CPU",
        "TensorFlow",
        (*_SDK, "tensorflow"),
        f"Python 3.6.2, tensorflow 2.2, horovod: the newest tensorflow is taken; {_TRAINING}.",
        "3.6.2",
        ("tensorflow==2.2.0",),
    ),
    Curated(
        "AzureML-sklearn-1.0-ubuntu20.04-py38-cpu",
        "scikit-learn, pandas, numpy, scipy, matplotlib",
        (*_SDK, "scikit-learn>=1.0", "pandas>=1.1", "numpy", "scipy", "matplotlib", "tqdm", "psutil"),
        "Python 3.8 and scikit-learn 1.0: newer releases are allowed.",
    ),
    Curated(
        "AzureML-lightgbm-3.2-ubuntu18.04-py37-cpu",
        "LightGBM, XGBoost, scikit-learn",
        (*_SDK, "lightgbm>=3.2", "xgboost>=1.4", "scikit-learn>=0.24.1", "pandas>=1.1", "numpy", "scipy"),
        "Python 3.7, lightgbm 3.2, xgboost 1.4, scikit-learn 0.24.1, dask: newer releases are allowed, dask is left"
        " out.",
    ),
    Curated(
        "AzureML-minimal-ubuntu18.04-py37-cpu-inference",
        "The scoring runtime alone",
        _SDK,
        "Python 3.7; any Python here.",
    ),
    Curated(
        "AzureML-sklearn-0.24.1-ubuntu18.04-py37-cpu-inference",
        "scikit-learn, pandas, numpy",
        (*_SDK, "scikit-learn>=0.24.1", "pandas>=1.1", "numpy>=1.16.0"),
        "Python 3.7, scikit-learn 0.24.1, pandas 1.1: newer releases are allowed.",
    ),
    Curated(
        "AzureML-onnxruntime-1.6-ubuntu18.04-py37-cpu-inference",
        "ONNX Runtime, pandas, numpy",
        (*_SDK, "onnxruntime>=1.6", "pandas>=1.1", "numpy>=1.16.0"),
        "Python 3.7, onnxruntime 1.6, pandas 1.1: newer releases are allowed.",
    ),
    Curated(
        "AzureML-xgboost-0.9-ubuntu18.04-py37-cpu-inference",
        "XGBoost, scikit-learn, pandas, numpy",
        (*_SDK, "xgboost>=0.90", "scikit-learn>=0.23.2", "pandas>=0.25.1", "numpy"),
        "Python 3.7, xgboost 0.9, scikit-learn 0.23.2, numpy 1.20.1, pandas 0.25.1: newer releases are allowed.",
    ),
    Curated(
        "AzureML-pytorch-1.7-ubuntu18.04-py37-cpu-inference",
        "PyTorch, pandas, numpy",
        (*_SDK, "torch>=1.7", "pandas>=1.1", "numpy>=1.16.0"),
        "Python 3.7, torch 1.7, pandas 1.1: newer releases are allowed.",
    ),
    Curated(
        "AzureML-tensorflow-2.4-ubuntu18.04-py37-cpu-inference",
        "TensorFlow, pandas, numpy",
        (*_SDK, "tensorflow>=2.4", "pandas>=1.1", "numpy>=1.16.0"),
        "Python 3.7, tensorflow 2.4, pandas 1.1: newer releases are allowed.",
    ),
)

_BY_NAME = {each.name.casefold(): each for each in ENVIRONMENTS}


def difference(offered: Curated) -> str:
    """What is different from Azure ML's own, as a sentence."""
    return l10n.t(
        "{environment} is built from current packages. Azure ML's own: {original}",
        environment=offered.name,
        original=l10n.t(offered.original),
    )


def find(name: str) -> Curated | None:
    """The curated environment of a name, in any case of letters."""
    return _BY_NAME.get(name.casefold())
