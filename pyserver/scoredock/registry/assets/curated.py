"""Environments that Azure ML offered ready-made, with packages that install on the Pythons of today."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
_UNITS = ("CPU", "GPU")
"""An environment for graphics cards has the same packages here: what they need comes with the packages."""
_TORCH = {
    "1.0": "torch==1.0.0 torchvision==0.2.1",
    "1.1": "torch==1.1.0 torchvision==0.2.1",
    "1.2": "torch==1.2.0 torchvision==0.4.0",
    "1.3": "torch==1.3.1 torchvision==0.4.2",
    "1.4": "torch==1.4.0 torchvision==0.5.0",
    "1.5": "torch==1.5.0 torchvision==0.6.0",
    "1.6": "torch==1.6.0 torchvision==0.7.0",
}
"""With the torchvision that requires it; Azure's lists had others, which pip of that time let pass."""
_TENSORBOARD = ("tensorboard==1.14.0", "future==0.17.1")
_TENSORFLOW = {
    "1.10": "1.10.0",
    "1.12": "1.12.0",
    "1.13": "1.13.1",
    "2.0": "2.0.0",
    "2.1": "2.1.0",
    "2.2": "2.2.0",
    "2.3": "2.3.0",
}
_DASK = ("dask[complete]", "dask-ml", "distributed", "fastparquet", "fsspec", "joblib", "lz4", "pyarrow")
_OF_2021 = (
    *("pandas>=1.1,<1.2", "numpy<1.20", "scipy>=1.5,<1.6", "matplotlib>=3.3,<3.4", "psutil<5.9", "tqdm"),
    *("mlflow-skinny<1.24", "protobuf<3.21", "sqlparse"),
)
"""What all of these have in common; azureml-mlflow brings MLflow, which does not name the last two itself."""
_OF_PYTHON_36 = (
    ("Scikit-learn0.20.3", "scikit-learn", "scikit-learn", "scikit-learn==0.20.3"),
    ("Scikit-learn0.20.4", "scikit-learn", "scikit-learn", "scikit-learn==0.20.4"),
    ("Scikit-learn0.24", "scikit-learn", "scikit-learn>=0.24.1", "scikit-learn==0.24.1"),
    ("Pytorch1.7", "PyTorch", "torch torchvision", "torch==1.7.1 torchvision==0.8.2"),
    ("TensorFlow2.4", "TensorFlow", "tensorflow", "tensorflow==2.4.*"),
)
"""Those of spring 2021, which have CUDA and Open MPI in their names: what each is for, its packages here, and its own
beside `_OF_2021`."""
_TORCH_OF_2021 = (
    ("AzureML-pytorch-1.7-ubuntu18.04-py37-cuda11-gpu", "3.7", "torch==1.7.1 torchvision==0.8.2"),
    ("AzureML-pytorch-1.8-ubuntu18.04-py37-cuda11-gpu", "3.7", "torch==1.8.1 torchvision==0.9.1"),
    ("AzureML-pytorch-1.9-ubuntu18.04-py37-cuda11-gpu", "3.7", "torch==1.9.0 torchvision==0.10.0"),
    ("AzureML-pytorch-1.10-ubuntu18.04-py38-cuda11-gpu", "3.8", "torch==1.10.0 torchvision==0.11.1"),
    ("AzureML-ACPT-pytorch-1.11-py38-cuda11.3-gpu", "3.8", "torch==1.11.0 torchvision==0.12.0"),
    ("AzureML-ACPT-pytorch-1.11-py38-cuda11.5-gpu", "3.8", "torch==1.11.0 torchvision==0.12.0"),
)
_OF_2023 = (
    *("pandas<2", "numpy<1.24", "scipy", "matplotlib~=3.5.0", "psutil~=5.8.0", "tqdm", "tensorboard"),
    *("mlflow-skinny<3", "sqlparse"),
)
"""The same for those that came with PyTorch of 2022."""
_TORCH_OF_2023 = (
    ("AzureML-ACPT-pytorch-1.12-py38-cuda11.6-gpu", "3.8", "torch==1.12.1 torchvision==0.13.1"),
    ("AzureML-ACPT-pytorch-1.12-py39-cuda11.6-gpu", "3.9", "torch==1.12.1 torchvision==0.13.1"),
    ("AzureML-ACPT-pytorch-1.13-py38-cuda11.7-gpu", "3.8", "torch==1.13.1 torchvision==0.14.1"),
    ("AzureML-acpt-pytorch-1.12-cuda11.6", "3.8", "torch==1.12.1 torchvision==0.13.1"),
    ("AzureML-acpt-pytorch-1.12-py39-cuda11.6", "3.9", "torch==1.12.1 torchvision==0.13.1"),
    ("AzureML-acpt-pytorch-1.13-cuda11.7", "3.8", "torch==1.13.1 torchvision==0.14.1"),
    ("AzureML-acpt-pytorch-2.0-cuda11.7", "3.8", "torch==2.0.1 torchvision==0.15.2"),
    ("AzureML-acpt-pytorch-2.1-cuda12.1", "3.8", "torch==2.1.2 torchvision==0.16.2"),
    ("AzureML-acpt-pytorch-2.2-cuda12.1", "3.10", "torch==2.2.2 torchvision==0.17.2"),
    ("AzureML-acpt-pytorch-2.3-cuda12.1", "3.10", "torch==2.3.1 torchvision==0.18.1"),
    ("AzureML-acpt-pytorch-2.4-cuda12.1", "3.10", "torch==2.4.1 torchvision==0.19.1"),
    ("AzureML-acpt-pytorch-2.4-cuda12.4", "3.10", "torch==2.4.1 torchvision==0.19.1"),
    ("AzureML-acpt-pytorch-2.5-cuda12.4", "3.10", "torch==2.5.1 torchvision==0.20.1"),
    ("AzureML-acpt-pytorch-2.7-cuda12.6", "3.10", "torch==2.7.1 torchvision==0.22.1"),
    ("AzureML-acpt-pytorch-2.8-cuda12.6", "3.10", "torch==2.8.0 torchvision==0.23.0"),
)
_SKLEARN_OF_2023 = (
    ("AzureML-sklearn-1.0", "3.8", "1.0", "pandas~=1.3.0"),
    ("AzureML-sklearn-1.1", "3.9", "1.1", "pandas~=1.3.0"),
    ("AzureML-sklearn-1.1-ubuntu20.04-py38-cpu", "3.8", "1.1", "pandas~=1.3.0"),
    ("AzureML-sklearn-1.5", "3.10", "1.5", "pandas~=1.5.3"),
)
_TENSORFLOW_OF_2023 = (
    ("AzureML-tensorflow-2.11-cuda11", "3.8", "tensorflow~=2.11.1 pandas~=1.3.0 scipy~=1.7.0 numpy~=1.22.0"),
    ("AzureML-tensorflow-2.12-cuda11", "3.8", "tensorflow~=2.12.0 pandas~=1.3.0 scipy~=1.7.0 numpy~=1.22.0"),
    ("AzureML-tensorflow-2.16-cuda11", "3.10", "tensorflow~=2.16.0 tf-keras~=2.16.0 pandas<2.3 scipy numpy<2"),
    ("AzureML-tensorflow-2.16-cuda12", "3.10", "tensorflow~=2.16.0 tf-keras~=2.16.0 pandas<2.3 scipy numpy<2"),
)
_OF_TENSORFLOW_OF_2023 = ("matplotlib~=3.5.0", "psutil~=5.8.0", "tqdm", "mlflow-skinny<3", "sqlparse")
_TENSORFLOW_OF_2021 = (
    ("AzureML-tensorflow-2.4-ubuntu18.04-py37-cuda11-gpu", "3.7", "2.4"),
    *((f"AzureML-tensorflow-{each}-ubuntu20.04-py38-cuda11-gpu", "3.8", each) for each in ("2.5", "2.6", "2.7")),
)

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
    *(
        Curated(
            f"AzureML-PyTorch-{release}-{unit}",
            "PyTorch, torchvision",
            (*_SDK, "torch", "torchvision"),
            "Python 3.6.2, torch and torchvision of its time, mkl, horovod, tensorboard: the newest torch is taken;"
            f" {_TRAINING}.",
            "3.6.2",
            (*packages.split(), *(_TENSORBOARD if release != "1.0" else ())),
        )
        for release, packages in _TORCH.items()
        for unit in _UNITS
    ),
    *(
        Curated(
            f"AzureML-TensorFlow-{release}-{unit}",
            "TensorFlow",
            (*_SDK, "tensorflow"),
            f"Python 3.6.2, tensorflow of its time, horovod: the newest tensorflow is taken; {_TRAINING}.",
            "3.6.2",
            (f"tensorflow=={precise}",),
        )
        for release, precise in _TENSORFLOW.items()
        for unit in _UNITS
    ),
    *(
        Curated(
            f"AzureML-Chainer-5.1.0-{unit}",
            "Chainer",
            (*_SDK, "chainer"),
            f"Python 3.6.2, chainer 5.1.0, mpi4py: the newest chainer is taken; {_TRAINING}.",
            "3.6.2",
            ("chainer==5.1.0",),
        )
        for unit in _UNITS
    ),
    *(
        Curated(
            f"AzureML-Dask-{unit}",
            "Dask",
            (*_SDK, *_DASK),
            "Python 3.6.9, dask, dask-ml, adlfs, Jupyter: the newest dask is taken; adlfs, Jupyter and mpi4py are left"
            " out.",
            "3.6.9",
            _DASK,
        )
        for unit in _UNITS
    ),
    *(
        Curated(
            f"AzureML-sklearn-0.24-ubuntu18.04-py37-{unit}",
            "scikit-learn, pandas, numpy, scipy, matplotlib",
            (*_SDK, "scikit-learn>=0.24.1", "pandas>=1.1", "numpy", "scipy", "matplotlib", "tqdm", "psutil"),
            "Python 3.7 and scikit-learn 0.24.1: newer releases are allowed.",
            "3.7",
            ("scikit-learn==0.24.1", *_OF_2021),
        )
        for unit in ("cpu", "cuda11-gpu")
    ),
    *(
        Curated(
            f"AzureML-{name}-Cuda11-OpenMpi4.1.0-py36",
            f"{library}, pandas, numpy, scipy, matplotlib",
            (*_SDK, *packages.split(), "pandas>=1.1", "numpy", "scipy", "matplotlib", "tqdm", "psutil"),
            "Python 3.6.9, the library of its name in that release, CUDA 11, Open MPI 4.1: the newest is taken.",
            "3.6.9",
            (*own.split(), *_OF_2021),
        )
        for name, library, packages, own in _OF_PYTHON_36
    ),
    Curated(
        "AzureML-sklearn-1.0-ubuntu20.04-py38-cpu",
        "scikit-learn, pandas, numpy, scipy, matplotlib",
        (*_SDK, "scikit-learn>=1.0", "pandas>=1.1", "numpy", "scipy", "matplotlib", "tqdm", "psutil"),
        "Python 3.8 and scikit-learn 1.0: newer releases are allowed.",
        "3.8",
        (
            *("scikit-learn~=1.0.0", "joblib~=1.2.0", "pandas~=1.3.0", "numpy~=1.22.0", "scipy~=1.10.0"),
            *("matplotlib~=3.5.0", "psutil~=5.8.0", "tqdm"),
        ),
    ),
    *(
        Curated(
            name,
            "PyTorch, pandas, numpy, scipy, matplotlib",
            (*_SDK, "torch", "torchvision", "pandas>=1.1", "numpy", "scipy", "matplotlib", "tqdm", "psutil"),
            "Python 3.7 or 3.8, torch of its time, CUDA, horovod: the newest torch is taken.",
            python,
            (*packages.split(), *_OF_2021),
        )
        for name, python, packages in _TORCH_OF_2021
    ),
    *(
        Curated(
            name,
            "PyTorch, pandas, numpy, scipy, matplotlib",
            (*_SDK, "torch", "torchvision", "pandas>=1.1", "numpy", "scipy", "matplotlib", "tqdm", "psutil"),
            "Python 3.8 to 3.10, torch of its time, CUDA, DeepSpeed, ONNX Runtime for training: the newest torch is"
            " taken.",
            python,
            (*packages.split(), *_OF_2023),
        )
        for name, python, packages in _TORCH_OF_2023
    ),
    *(
        Curated(
            name,
            "scikit-learn, pandas, numpy, scipy, matplotlib",
            (*_SDK, f"scikit-learn>={release}", "pandas>=1.1", "numpy", "scipy", "matplotlib", "tqdm", "psutil"),
            "Python 3.8 to 3.10 and scikit-learn of its name: newer releases are allowed.",
            python,
            (
                *(f"scikit-learn~={release}.0", "joblib~=1.2.0", pandas, "numpy~=1.22.0", "scipy~=1.10.0"),
                *("matplotlib~=3.5.0", "psutil~=5.8.0", "tqdm", "mlflow-skinny<3", "sqlparse"),
            ),
        )
        for name, python, release, pandas in _SKLEARN_OF_2023
    ),
    *(
        Curated(
            name,
            "TensorFlow, pandas, numpy, scipy, matplotlib",
            (*_SDK, "tensorflow", "pandas>=1.1", "numpy", "scipy", "matplotlib", "tqdm", "psutil"),
            "Python 3.8 or 3.10, tensorflow of its name, CUDA, horovod: the newest tensorflow is taken.",
            python,
            (*packages.split(), *_OF_TENSORFLOW_OF_2023),
        )
        for name, python, packages in _TENSORFLOW_OF_2023
    ),
    *(
        Curated(
            name,
            "TensorFlow, pandas, numpy, scipy, matplotlib",
            (*_SDK, "tensorflow", "pandas>=1.1", "numpy", "scipy", "matplotlib", "tqdm", "psutil"),
            "Python 3.7 or 3.8, tensorflow of its time, CUDA, horovod: the newest tensorflow is taken.",
            python,
            (f"tensorflow=={release}.*", *_OF_2021[:1], *_OF_2021[2:]),
        )
        for name, python, release in _TENSORFLOW_OF_2021
    ),
    Curated(
        "AzureML-lightgbm-3.2-ubuntu18.04-py37-cpu",
        "LightGBM, XGBoost, scikit-learn",
        (*_SDK, "lightgbm>=3.2", "xgboost>=1.4", "scikit-learn>=0.24.1", "pandas>=1.1", "numpy", "scipy"),
        "Python 3.7, lightgbm 3.2, xgboost 1.4, scikit-learn 0.24.1, dask: newer releases are allowed, dask is left"
        " out.",
        "3.7",
        ("lightgbm~=3.2.0", "xgboost~=1.4.0", "scikit-learn~=0.24.1", *_OF_2021),
    ),
    *(
        Curated(
            f"AzureML-minimal-{system}-{unit}-inference",
            "The scoring runtime alone",
            _SDK,
            "Python 3.7 to 3.11; any Python here.",
        )
        for system, units in (
            ("ubuntu18.04-py37", ("cpu", "cuda11.0.3-gpu")),
            ("ubuntu20.04-py38", ("cpu", "cuda11.6.2-gpu")),
            ("ubuntu20.04-py39", ("cpu",)),
            ("ubuntu20.04-py311", ("cpu",)),
            ("ubuntu22.04-py39", ("cpu", "cuda11.8-gpu")),
            ("ubuntu22.04-py311", ("cpu",)),
        )
        for unit in units
    ),
    Curated(
        "AzureML-minimal-py311-inference",
        "numpy, joblib",
        (*_SDK, "numpy", "joblib"),
        "Python 3.11, azure-identity, azure-storage-blob: any Python here, and these two are left out.",
    ),
    *(
        Curated(
            f"AzureML-minimal-{system}-inference",
            "numpy",
            (*_SDK, "numpy"),
            "Python 3.12; any Python here.",
        )
        for system in ("py312", "py312-cuda11.8", "py312-cuda12.4")
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
        "AzureML-pytorch-1.6-ubuntu18.04-py37-cpu-inference",
        "PyTorch, pandas, numpy",
        (*_SDK, "torch>=1.6", "pandas>=0.25.1", "numpy"),
        "Python 3.7, torch 1.6, pandas 0.25.1, numpy 1.20.1: newer releases are allowed.",
    ),
    *(
        Curated(
            f"AzureML-pytorch-{release}-ubuntu18.04-py37-cpu-inference",
            "PyTorch, torchvision, pandas",
            (*_SDK, f"torch>={release}", "torchvision", "pandas>=1.1", "numpy>=1.16.0"),
            original,
        )
        for release, original in (
            ("1.7", "Python 3.7, torch 1.7, pandas 1.1: newer releases are allowed."),
            ("1.9", "Python 3.7, torch 1.9, pandas 1.1: newer releases are allowed."),
            ("1.10", "Python 3.7, torch 1.10, pandas 1.1: newer releases are allowed."),
        )
    ),
    *(
        Curated(
            f"AzureML-tensorflow-2.4-ubuntu18.04-py37-{unit}-inference",
            "TensorFlow, pandas, numpy",
            (*_SDK, "tensorflow>=2.4", "pandas>=1.1", "numpy>=1.16.0"),
            "Python 3.7, tensorflow 2.4, pandas 1.1: newer releases are allowed.",
        )
        for unit in ("cpu", "cuda11.0.3-gpu")
    ),
)

_IN_REGISTRY = re.compile(r"azureml://registries/azureml/environments/")
"""There the names of all of them lack what they begin with in a workspace."""
_BY_NAME = {each.name.casefold(): each for each in ENVIRONMENTS}


def difference(offered: Curated) -> str:
    """Sentence on how a curated environment differs from Azure ML's own."""
    return l10n.t(
        "{environment} is built from current packages. Azure ML's own: {original}",
        environment=offered.name,
        original=l10n.t(offered.original),
    )


def of_azure(offered: Curated, requirements: Sequence[str]) -> tuple[str, ...]:
    """The packages of Azure ML's own, and what these requirements have besides; a pin of theirs counts."""
    own = {_name(line): line for line in requirements if line not in offered.packages}
    azure = {_name(line): line for line in offered.azure_packages}
    return tuple({**own, **azure, **{name: line for name, line in own.items() if "==" in line}}.values())


def _name(line: str) -> str:
    return re.split(r"[<>=~!\[ ]", line)[0].lower()


def find(name: str) -> Curated | None:
    """The curated environment of a name, in any case of letters, or of its id in the registry of Azure ML."""
    return _BY_NAME.get(_IN_REGISTRY.sub("azureml-", name.casefold()).partition("/")[0])
