"""Names of packages and channels for conda files and requirements: what scoring scripts commonly use."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scoredock import l10n
from scoredock.checks.configs.environment.conda import PIP_ONLY
from scoredock.language.completions.proposal import Completion
from scoredock.language.completions.versions import PYTHONS
from scoredock.text import Range

PACKAGES: dict[str, str] = {
    "azureml-defaults": "the server that hosts the script; Scoredock brings its own",
    "inference-schema[numpy-support]": "@input_schema with NumPy samples; Scoredock brings its own",
    "inference-schema[pandas-support]": "@input_schema with pandas samples; Scoredock brings its own",
    "azureml-contrib-services": "@rawhttp and AMLResponse; Scoredock brings its own",
    "azureml-inference-server-http": "the server of newer images; Scoredock brings its own",
    "scikit-learn": "classical models; imported as sklearn",
    "numpy": "arrays",
    "pandas": "tables",
    "scipy": "numerical methods and sparse matrices",
    "joblib": "reads and writes pickled models",
    "xgboost": "gradient boosting",
    "lightgbm": "gradient boosting",
    "catboost": "gradient boosting",
    "onnxruntime": "runs ONNX models",
    "onnx": "the ONNX format",
    "skl2onnx": "scikit-learn models as ONNX",
    "torch": "PyTorch",
    "torchvision": "images for PyTorch",
    "tensorflow": "TensorFlow and Keras",
    "tensorflow-cpu": "TensorFlow without GPU, much smaller",
    "keras": "neural networks",
    "transformers": "language models of Hugging Face",
    "tokenizers": "tokenizers of Hugging Face",
    "sentence-transformers": "embeddings of sentences",
    "safetensors": "weights in a safe format",
    "spacy": "natural language",
    "nltk": "natural language",
    "gensim": "topics and word vectors",
    "mlflow": "models in the MLflow format",
    "mlflow-skinny": "MLflow without its server",
    "statsmodels": "statistical models",
    "prophet": "forecasts",
    "pillow": "images; imported as PIL",
    "opencv-python-headless": "images; imported as cv2, without windows",
    "scikit-image": "images; imported as skimage",
    "requests": "HTTP requests",
    "pyyaml": "YAML; imported as yaml",
    "pyarrow": "Parquet and Arrow",
    "cloudpickle": "pickles of functions and classes",
    "dill": "pickles of functions and classes",
    "azure-identity": "signs in to Azure",
    "azure-storage-blob": "Azure Blob Storage",
    "applicationinsights": "telemetry",
}
"""Distribution name → what it is for."""
CHANNELS = {
    "conda-forge": "the community channel; has all packages of this list",
    "defaults": "Anaconda's own; its terms ask larger companies for a licence",
    "anaconda": "Anaconda's own; its terms ask larger companies for a licence",
    "pytorch": "PyTorch's own; no longer filled since version 2.6",
    "nvidia": "CUDA libraries",
    "nodefaults": "no channel besides those listed",
}


def package_list(path: Sequence[str | int]) -> str:
    """List of packages that an item is in: `channels`, `dependencies` or `pip`; empty for any other place."""
    if not path or not isinstance(path[-1], int):
        return ""
    names = [key for key in path if isinstance(key, str)]
    if names[-2:] == ["dependencies", "pip"]:
        return "pip"
    return names[-1] if names and names[-1] in ("channels", "dependencies") else ""


def package_proposals(text: str, where: str, typed: str, span: Range, write: Callable[[str], str]) -> list[Completion]:
    """Items of `channels`, of `dependencies` and of the list below `pip`."""
    if where == "channels":
        names = CHANNELS
    elif where == "pip":
        names = PACKAGES
    else:
        # Packages that no conda channel has would stop the environment; they stand below pip.
        names = {
            **{
                f"python={version}": "the interpreter"
                for version in PYTHONS
                if not re.search(r"\bpython\s*[=<>]", text)
            },
            "pip": "lets pip packages follow",
            **{n: d for n, d in PACKAGES.items() if n.split("[")[0] not in PIP_ONLY and "[" not in n},
        }
    return _proposals(names, text, typed, span, write)


def requirement_proposals(text: str, before: str, span: Range) -> list[Completion]:
    """A line of a requirements file."""
    return _proposals(PACKAGES, text, before, span, str)


def _proposals(
    names: dict[str, str], text: str, typed: str, span: Range, write: Callable[[str], str]
) -> list[Completion]:
    present = {found.lower() for found in re.findall(r"[A-Za-z0-9][\w.-]*", text[:200_000])}
    return [
        Completion(name, "package", span, write(name), l10n.t(meaning))
        for name, meaning in names.items()
        if name == typed or "python=" in name or name.split("[")[0] not in present or "[" in name
    ]
