"""Forty environments of 2018 to 2022, and what a script imports of each: those of the documents, those of published
projects, and sets of releases that were the newest of their month.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Old:
    """A conda file with pip packages."""

    name: str
    python: str
    """As conda writes it; empty where the file names none."""
    conda: tuple[str, ...] = ()
    pip: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    """What a script imports."""

    @property
    def text(self) -> str:
        lines = [f"name: {self.name}", "dependencies:"]
        lines += [f"  - python={self.python}"] if self.python else []
        lines += [f"  - {each}" for each in self.conda]
        lines += ["  - pip", "  - pip:", *(f"      - {each}" for each in ("azureml-defaults", *self.pip))]
        return "\n".join(lines) + "\n"


def _sklearn(name: str, python: str, sklearn: str, numpy: str, pandas: str) -> Old:
    pip = (f"scikit-learn=={sklearn}", f"numpy=={numpy}", f"pandas=={pandas}")
    return Old(f"scikit-learn-{name}", python, (), pip, ("sklearn.linear_model", "numpy", "pandas"))


def _one(name: str, python: str, *pip: str, modules: tuple[str, ...]) -> Old:
    return Old(name, python, (), pip, modules)


SCHEMA = "inference-schema[numpy-support]"
ENVIRONMENTS = (
    # The documents.
    Old("documents-pinned", "3.6.2", ("scikit-learn=0.20.0",), (SCHEMA,), ("sklearn.linear_model", "numpy")),
    Old("documents-free", "3.6.2", (), ("scikit-learn", SCHEMA), ("sklearn.linear_model", "numpy")),
    Old("documents-keras", "3.6.2", ("tensorflow", "numpy", "scikit-learn"), ("keras", "gensim"), ("keras", "gensim")),
    # Published projects.
    Old("published-workshop", "3.6.2", ("scikit-learn", "pandas"), ("sklearn-pandas", SCHEMA), ("sklearn_pandas",)),
    Old("published-minimal-36", "3.6.2", (), (), ("json",)),
    Old("published-minimal-37", "3.7", (), (), ("json",)),
    Old("published-excel", "3.7", (), ("pandas>=1.1,<1.2", "xlrd==1.2.0"), ("pandas", "xlrd")),
    Old("published-fsspec", "3.8", (), ("fsspec",), ("fsspec",)),
    Old(
        "published-flask",
        "",
        (),
        (
            "click==8.1.3",
            "colorama==0.4.6",
            "Flask==2.2.2",
            "importlib-metadata==5.2.0",
            "itsdangerous==2.1.2",
            "Jinja2==3.1.2",
            "MarkupSafe==2.1.1",
            "typing_extensions==4.4.0",
            "Werkzeug==2.2.2",
            "zipp==3.11.0",
        ),
        ("flask",),
    ),
    Old(
        "published-tabular",
        "",
        (),
        (
            "numpy==1.21.2",
            "scipy==1.7.1",
            "pandas==1.3.0",
            "scikit-learn==0.24.2",
            "fsspec==2021.8.1",
            "xgboost==1.4.2",
            "lightgbm==3.2.1",
            "matplotlib==3.4.3",
            "tqdm==4.62.2",
            "joblib==1.2.0",
        ),
        ("sklearn.linear_model", "xgboost", "lightgbm", "pandas"),
    ),
    Old(
        "published-model",
        "3.11",
        ("scikit-learn=1.2.2", "scipy=1.10.1"),
        (
            SCHEMA,
            "joblib==1.5.2",
            "pandas>=1.3.0",
            "numpy",
        ),
        ("sklearn.linear_model", "pandas"),
    ),
    # Sets of their month.
    _sklearn("2018-08", "3.6", "0.19.2", "1.14.6", "0.23.4"),
    _sklearn("2019-03", "3.6", "0.20.3", "1.16.2", "0.24.2"),
    _sklearn("2019-12", "3.7", "0.21.3", "1.17.4", "0.25.3"),
    _sklearn("2020-04", "3.7", "0.22.2.post1", "1.18.2", "1.0.3"),
    _sklearn("2020-12", "3.8", "0.23.2", "1.19.4", "1.1.5"),
    _sklearn("2021-05", "3.8", "0.24.2", "1.20.3", "1.2.4"),
    _sklearn("2022-03", "3.9", "1.0.2", "1.22.3", "1.4.1"),
    _sklearn("2022-10", "3.10", "1.1.3", "1.23.4", "1.5.1"),
    _one("xgboost-2019", "3.6", "xgboost==0.90", "scikit-learn==0.21.3", modules=("xgboost",)),
    _one("xgboost-2020", "3.7", "xgboost==1.1.1", "pandas==1.0.5", modules=("xgboost", "pandas")),
    _one("xgboost-2020-12", "3.8", "xgboost==1.3.1", modules=("xgboost",)),
    _one("xgboost-2021", "3.8", "xgboost==1.5.1", "numpy==1.21.4", modules=("xgboost",)),
    _one("xgboost-2022", "3.9", "xgboost==1.6.2", "scikit-learn==1.1.2", modules=("xgboost", "sklearn")),
    _one("lightgbm-2019", "3.6", "lightgbm==2.2.3", "numpy==1.16.4", modules=("lightgbm",)),
    _one("lightgbm-2020", "3.7", "lightgbm==2.3.1", "scikit-learn==0.22.1", modules=("lightgbm",)),
    _one("lightgbm-2021", "3.8", "lightgbm==3.2.1", "pandas==1.2.5", modules=("lightgbm", "pandas")),
    _one("lightgbm-2022", "3.9", "lightgbm==3.3.2", modules=("lightgbm",)),
    _one("tensorflow-2019", "3.6", "tensorflow==1.13.1", "keras==2.2.4", modules=("tensorflow", "keras")),
    _one("tensorflow-2019-12", "3.7", "tensorflow==1.15.0", "numpy==1.17.4", modules=("tensorflow",)),
    _one("tensorflow-2020", "3.7", "tensorflow==2.1.0", "keras==2.3.1", modules=("tensorflow", "keras")),
    _one("tensorflow-2021", "3.8", "tensorflow==2.4.1", "numpy==1.19.5", modules=("tensorflow",)),
    _one("tensorflow-2022", "3.9", "tensorflow==2.9.1", "pandas==1.4.3", modules=("tensorflow", "pandas")),
    _one("tensorflow-hub-2022", "3.9", "tensorflow==2.8.0", "tensorflow-hub==0.12.0", modules=("tensorflow_hub",)),
    _one("onnx-2019", "3.6", "onnxruntime==0.4.0", "numpy==1.16.4", modules=("onnxruntime",)),
    _one("onnx-2020", "3.7", "onnxruntime==1.2.0", "onnx==1.6.0", modules=("onnxruntime", "onnx")),
    _one("onnx-2020-12", "3.8", "onnxruntime==1.6.0", "numpy==1.19.4", modules=("onnxruntime",)),
    _one("onnx-2021", "3.8", "onnxruntime==1.8.1", "onnx==1.10.1", modules=("onnxruntime", "onnx")),
    _one("onnx-2022", "3.10", "onnxruntime==1.12.1", "numpy==1.23.2", modules=("onnxruntime",)),
    _one(
        "skl2onnx-2021", "3.8", "skl2onnx==1.9.0", "onnxruntime==1.8.0", "scikit-learn==0.24.2", modules=("skl2onnx",)
    ),
)
