"""Pins of the most used packages of 2019 to 2023, each with the module that a script imports and a Python of its time
for which it has a wheel. Nothing else is named beside them: NumPy and the others are left open."""

from __future__ import annotations

from typing import NamedTuple


class OldPin(NamedTuple):
    """A line of a conda file."""

    requirement: str
    modules: tuple[str, ...]
    python: str
    gate: bool = False
    """Whether the gate installs it, too."""


OLD_PINS = (
    OldPin("pandas==2.0.3", ("pandas",), "3.11", gate=True),
    OldPin("pandas==1.5.3", ("pandas",), "3.11"),
    OldPin("pandas==1.3.5", ("pandas",), "3.10"),
    OldPin("pandas==1.1.5", ("pandas",), "3.9"),
    OldPin("pandas==1.0.5", ("pandas",), "3.8"),
    OldPin("scikit-learn==1.2.2", ("sklearn.ensemble",), "3.11", gate=True),
    OldPin("scikit-learn==1.1.3", ("sklearn.ensemble",), "3.11"),
    OldPin("scikit-learn==1.0.2", ("sklearn.ensemble",), "3.10"),
    OldPin("scikit-learn==0.24.2", ("sklearn.ensemble",), "3.9"),
    OldPin("scikit-learn==0.23.2", ("sklearn.ensemble", "sklearn.linear_model"), "3.8"),
    OldPin("scipy==1.9.3", ("scipy.stats",), "3.11"),
    OldPin("scipy==1.4.1", ("scipy.integrate",), "3.8"),
    OldPin("matplotlib==3.7.1", ("matplotlib.pyplot",), "3.11"),
    OldPin("opencv-python-headless==4.8.1.78", ("cv2",), "3.11", gate=True),
    OldPin("opencv-python-headless==4.5.5.64", ("cv2",), "3.10"),
    OldPin("pyarrow==12.0.1", ("pyarrow.parquet",), "3.11"),
    OldPin("h5py==3.9.0", ("h5py",), "3.11"),
    OldPin("h5py==2.10.0", ("h5py",), "3.8"),
    OldPin("statsmodels==0.13.5", ("statsmodels.api",), "3.11"),
    OldPin("statsmodels==0.12.2", ("statsmodels.api",), "3.8"),
    OldPin("shap==0.41.0", ("shap",), "3.10"),
    OldPin("scikit-image==0.21.0", ("skimage.transform",), "3.11"),
    OldPin("scikit-image==0.17.2", ("skimage.feature",), "3.8"),
    OldPin("xgboost==1.6.2", ("xgboost",), "3.11"),
    OldPin("lightgbm==3.3.5", ("lightgbm",), "3.11"),
    OldPin("catboost==1.2", ("catboost",), "3.11"),
    OldPin("spacy==3.5.4", ("spacy",), "3.11"),
    OldPin("gensim==4.3.1", ("gensim.models",), "3.11"),
    OldPin("imbalanced-learn==0.10.1", ("imblearn.over_sampling",), "3.11", gate=True),
    OldPin("imbalanced-learn==0.8.1", ("imblearn.over_sampling",), "3.9"),
    OldPin("seaborn==0.11.2", ("seaborn",), "3.11"),
    OldPin("onnxruntime==1.15.1", ("onnxruntime",), "3.11"),
    OldPin("prophet==1.1.1", ("prophet",), "3.10"),
    OldPin("pmdarima==2.0.3", ("pmdarima",), "3.11"),
    OldPin("hyperopt==0.2.5", ("hyperopt",), "3.11"),
    OldPin("xarray==2023.5.0", ("xarray",), "3.11"),
    OldPin("mlxtend==0.22.0", ("mlxtend.classifier",), "3.11"),
    OldPin("category-encoders==2.5.1.post0", ("category_encoders",), "3.11"),
    OldPin("tables==3.8.0", ("tables",), "3.11"),
    OldPin("numexpr==2.8.4", ("numexpr",), "3.11"),
    OldPin("bottleneck==1.3.7", ("bottleneck",), "3.11"),
    OldPin("pywavelets==1.4.1", ("pywt",), "3.11"),
    OldPin("fastparquet==2023.4.0", ("fastparquet",), "3.11"),
    OldPin("tensorflow-cpu==2.11.1", ("tensorflow",), "3.10"),
    OldPin("umap-learn==0.5.3", ("umap",), "3.11"),
)
