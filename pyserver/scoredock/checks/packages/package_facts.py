"""Facts of well-known packages: other names, wheels and the Pythons they are for. Read from the package index."""

from __future__ import annotations

PIP_NAMES: dict[str, str] = {
    "sklearn": "scikit-learn",
    "pytorch": "torch",
    "beautifulsoup": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "opencv": "opencv-python-headless",
    "pil": "pillow",
    "yaml": "pyyaml",
    "skimage": "scikit-image",
    "dateutil": "python-dateutil",
    "crypto": "pycryptodome",
    "jwt": "pyjwt",
    "serial": "pyserial",
    "py-xgboost": "xgboost",
    "matplotlib-base": "matplotlib",
    "pytables": "tables",
    "tf": "tensorflow",
    "xgb": "xgboost",
}
"""What people list for pip → the distribution that is meant."""
NEVER_INSTALLS = frozenset({"sklearn", "pytorch", "beautifulsoup", "cv2", "opencv", "pil", "skimage", "yaml"})
"""Of those: what exists on the index only to fail, or for Python 2 only, or has no file there; tried with pip."""
FAILS_SINCE = {"azure": ("5.0.0", "azure-storage-blob")}
"""A package that only brought others → the release from which on it exists only to fail, and one of those others; tried
with pip."""
CONDA_NAMES: dict[str, str] = {
    "sklearn": "scikit-learn",
    "torch": "pytorch",
    "cv2": "opencv",
    "opencv-python": "opencv",
    "opencv-python-headless": "opencv",
    "pil": "pillow",
    "skimage": "scikit-image",
    "tables": "pytables",
}
"""What people list for conda → conda's own name. `yaml` is not among them: there it is the C library."""
ABSENT = frozenset({"json", "os", "pickle", "sys"})
"""Modules of the standard library whose names nothing on the index has."""
STANDARD_LIBRARY = ABSENT | {
    "ast",
    "base64",
    "collections",
    "copy",
    "csv",
    "ctypes",
    "functools",
    "gc",
    "glob",
    "gzip",
    "hashlib",
    "inspect",
    "io",
    "itertools",
    "math",
    "operator",
    "platform",
    "pprint",
    "re",
    "shutil",
    "sqlite3",
    "string",
    "struct",
    "subprocess",
    "tempfile",
    "threading",
    "traceback",
    "unittest",
    "warnings",
    "zipfile",
}
"""Modules that every Python brings and that somebody might list as packages."""
CUDA: dict[str, str] = {
    "tensorflow-gpu": "tensorflow",
    "onnxruntime-gpu": "onnxruntime",
    "faiss-gpu": "faiss-cpu",
    "cudatoolkit": "",
    "pytorch-cuda": "",
    "cuda-toolkit": "",
    "cudnn": "",
    "paddlepaddle-gpu": "paddlepaddle",
    "mxnet-cu112": "mxnet",
    "keras-gpu": "keras",
    "pytorch-gpu": "pytorch",
}
"""Packages for graphics cards → what does the same without; empty when nothing is needed."""
ENDED: dict[tuple[int, int], tuple[int, int]] = {
    (3, 6): (2021, 12),
    (3, 7): (2023, 6),
    (3, 8): (2024, 10),
    (3, 9): (2025, 10),
    (3, 10): (2026, 10),
}
"""Pythons that a script runs in, and the year and month in which their life ended (Python Developer's Guide)."""
NEWEST_MINOR = 19
"""No Python 3 beyond this is planned."""
NO_SOURCE = frozenset({"tensorflow", "torch", "onnxruntime"})
"""What is published as wheels only: without one for the Python it cannot be installed at all."""

_NUMPY = (
    "1.13:6 1.14:7 1.15:7 1.16:7 1.17:8 1.18:8 1.19:9 1.20:9 1.21:10! 1.22:8-10 1.23:8-11 1.24:8-11 1.25:9-11 1.26:9-12"
    " 2.0:9-12 2.1:10-13 2.2:10-13 2.3:11-14 2.4:11-14 2.5:12-15"
)
_SCIPY = (
    "1.0:6 1.1:7 1.2:7 1.3:8 1.4:8 1.5:9 1.6:9! 1.7:10! 1.8:8-10! 1.9:8-11 1.10:8-11! 1.11:9-12 1.12:9-12 1.13:9-12"
    " 1.14:10-13 1.15:10-13 1.16:11-14 1.17:11-14 1.18:12-15"
)
_PANDAS = (
    "0.23:7 0.24:7 0.25:8 1.0:8 1.1:9 1.2:9 1.3:10 1.4:8-10 1.5:8-11 2.0:8-11 2.1:9-12 2.2:9-13 2.3:9-14 3.0:11-15"
)
_SKLEARN = (
    "0.19:7 0.20:7 0.21:7 0.22:8 0.23:8 0.24:9 1.0:10 1.1:8-11 1.2:8-11 1.3:8-12 1.4:9-12 1.5:9-13 1.6:9-13 1.7:10-14"
    " 1.8:11-14 1.9:11-15"
)
_TENSORFLOW = (
    "1.4:6 1.5:6 1.6:6 1.7:6 1.8:6 1.9:6 1.10:6 1.11:6 1.12:6 1.13:7 1.14:7 1.15:7 2.0:7 2.1:7 2.2:8 2.3:8 2.4:8 2.5:9"
    " 2.6:9 2.7:9 2.8:10 2.9:10 2.10:10 2.11:10 2.12:8-11 2.13:8-11 2.14:9-11 2.15:9-11 2.16:9-12 2.17:9-12 2.18:9-12"
    " 2.19:9-12 2.20:9-13 2.21:10-13"
)
_TORCH = (
    "1.0:7 1.1:7 1.2:7 1.3:7 1.4:8 1.5:8 1.6:8 1.7:9 1.8:9 1.9:9 1.10:9 1.11:10 1.12:10 1.13:11 2.0:8-11 2.1:8-11"
    " 2.2:8-12 2.3:8-12 2.4:8-12 2.5:9-13 2.6:9-13 2.7:9-13 2.8:9-13 2.9:10-14 2.10:10-14 2.11:10-14"
)
_ONNX = (
    "1.0:7 1.1:7 1.2:8 1.3:8 1.4:8 1.5:8 1.6:8 1.7:9 1.8:9 1.9:9 1.10:9 1.11:9 1.12:10 1.13:10 1.14:10 1.15:8-11"
    " 1.16:8-11 1.17:8-12 1.18:8-12 1.19:8-12 1.20:10-13 1.21:10-13 1.22:10-13 1.23:10-13"
)


def _table(text: str) -> dict[str, tuple[int, int, bool]]:
    found = {}
    for item in text.split():
        series, _, span = item.partition(":")
        low, _, high = span.rstrip("!").rpartition("-")
        found[series] = (int(low or 0), int(high), span.endswith("!"))
    return found


WHEELS: dict[str, dict[str, tuple[int, int, bool]]] = {
    "numpy": _table(_NUMPY),
    "scipy": _table(_SCIPY),
    "pandas": _table(_PANDAS),
    "scikit-learn": _table(_SKLEARN),
    "tensorflow": _table(_TENSORFLOW),
    "torch": _table(_TORCH),
    "onnxruntime": _table(_ONNX),
}
"""Distribution → series (`1.26`) → lowest minor Python that it accepts (0 for any), highest with a wheel on Linux,
whether it refuses the ones above. The highest is that of the newest release of the series, so nothing that exists is
denied."""
