"""Environments of 2018 to 2022, and what a script imports of each: those of the documents, all of the published
projects in `../shared/corpus` that have pins of these years, and sets of releases that were the newest of their month.

Of the published ones every line is here but channels and, where it is said beside them, what is left out. Two that are
equal are here once. Those whose pins are of 2023 and later (MLOPs-AzureML: environment/train, notebooks, tmp/model_v3)
are not.
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
        lines += [] if any(each.startswith("pip") for each in self.conda) else ["  - pip"]
        served = () if any(each.startswith("azureml-defaults") for each in self.pip) else ("azureml-defaults",)
        lines += ["  - pip:", *(f"      - {each}" for each in (*served, *self.pip))]
        return "\n".join(lines) + "\n"


def _sklearn(name: str, python: str, sklearn: str, numpy: str, pandas: str) -> Old:
    pip = (f"scikit-learn=={sklearn}", f"numpy=={numpy}", f"pandas=={pandas}")
    return Old(f"scikit-learn-{name}", python, (), pip, ("sklearn.linear_model", "numpy", "pandas"))


def _one(name: str, python: str, *pip: str, modules: tuple[str, ...]) -> Old:
    return Old(name, python, (), pip, modules)


SCHEMA = "inference-schema[numpy-support]"
TABULAR = (
    "numpy==1.21.2",
    "scipy==1.7.1",
    "pandas==1.3.0",
    "scikit-learn==0.24.2",
    "adlfs==2021.9.1",
    "fsspec==2021.8.1",
    "xgboost==1.4.2",
    "lightgbm==3.2.1",
    "matplotlib==3.4.3",
    "tqdm==4.62.2",
)
TRACKING = ("mlflow==2.3.1", "azureml-mlflow==1.34.0")
NOTEBOOKS = ("jupyter==1.0.0", "ipykernel==6.4.1", "papermill==2.3.3")
BOOSTERS = ("sklearn.linear_model", "xgboost", "lightgbm", "pandas")
TEMPLATE = ("pandas=1.0.*", "numpy=1.18.*", "scikit-learn=0.22.*", "joblib=0.14.*", "pip=20.0.*")
ENVIRONMENTS = (
    # The documents.
    Old("documents-pinned", "3.6.2", ("scikit-learn=0.20.0",), (SCHEMA,), ("sklearn.linear_model", "numpy")),
    Old("documents-free", "3.6.2", (), ("scikit-learn", SCHEMA), ("sklearn.linear_model", "numpy")),
    Old("documents-keras", "3.6.2", ("tensorflow", "numpy", "scikit-learn"), ("keras", "gensim"), ("keras", "gensim")),
    # Published projects: azureml-workshop-2019.
    Old(
        "published-workshop",
        "3.6.2",
        ("scikit-learn", "pandas"),
        ("sklearn-pandas", "azureml-core", SCHEMA),
        ("sklearn_pandas",),
    ),
    Old(
        "published-workshop-training",
        "3.6.2",
        ("scikit-learn",),
        (
            "sklearn_pandas",
            "azureml-dataprep",
            "azureml-contrib-explain-model",
            "azureml-core",
            "azureml-telemetry",
            "azureml-explain-model",
        ),
        ("sklearn_pandas",),
    ),
    # FunWithAzureML.
    Old("published-minimal-36", "3.6.2", (), (), ("json",)),
    Old("published-minimal-37", "3.7", (), (), ("json",)),
    Old(
        "published-churn",
        "",
        (),
        (
            "numpy==1.22.0",
            "pandas==0.25.3",
            "sklearn-pandas==1.7.0",
            "lightgbm==2.3.0",
            "joblib==1.2.0",
            "azureml-sdk==1.19.0",
        ),
        ("lightgbm", "pandas", "joblib"),
    ),
    Old(
        "published-notebook",
        "3.8",
        (),
        (
            "openpyxl==3.0.10",
            "pyod==1.0.4",
            "kaleido==0.2.1",
            "plotly==5.10.0",
            "pandas==1.1.5",
            "numpy==1.21.6",
            "seaborn==0.11.2",
            "pathlib2==2.3.7.post1",
            "matplotlib==3.2.1",
            "argparse",
        ),
        ("pandas", "openpyxl", "plotly"),
    ),
    # AzureMLStarters.
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
    # AzureMLOpsInProduction; two of its sets also list a wheel of the project itself, which is not here.
    Old("published-tabular", "", (), (*TABULAR, *TRACKING, "joblib==1.2.0", *NOTEBOOKS), BOOSTERS),
    Old(
        "published-docker-context",
        "3.8",
        (),
        (
            "numpy==1.22.0",
            "scipy==1.10.0",
            *(each for each in TABULAR if not each.startswith(("numpy", "scipy"))),
            "joblib==1.2.0",
            *NOTEBOOKS,
        ),
        BOOSTERS,
    ),
    Old(
        "published-tabular-38",
        "3.8",
        ("pip=21.2.4",),
        (*TABULAR, "mlflow==1.20.2", "azureml-mlflow==1.34.0", "joblib==1.0.1", *NOTEBOOKS, "mldesigner==0.1.0b4"),
        BOOSTERS,
    ),
    Old(
        "published-tabular-seaborn",
        "3.8",
        ("pip=21.2.4",),
        (*TABULAR, "mlflow>=2.3.1", "azureml-mlflow==1.34.0", "joblib==1.0.1", *NOTEBOOKS, "seaborn==0.11.2"),
        (*BOOSTERS, "seaborn"),
    ),
    Old(
        "published-twice-mlflow",
        "3.8",
        ("pip=21.2.4",),
        (*TABULAR, "mlflow==1.20.2", "mlflow>=2.3.1", "joblib==1.0.1", *NOTEBOOKS, "mldesigner==0.1.0b4"),
        BOOSTERS,
    ),
    # MLOPs-AzureML.
    Old(
        "published-model",
        "3.11",
        ("pip=24.0", "scikit-learn=1.2.2", "scipy=1.10.1"),
        (
            "azureml-defaults==1.60.0",
            SCHEMA,
            "azureml-inference-server-http==1.5.0",
            "joblib==1.5.2",
            "pandas>=1.3.0",
            "azureml-ai-monitoring~=0.1.0b1",
            "azure-storage-blob==12.26.0",
            "azure-identity==1.25.0",
            "numpy",
        ),
        ("sklearn.linear_model", "pandas", "azure.identity"),
    ),
    Old(
        "published-managed-identity",
        "3.7",
        ("numpy=1.21.2", "pip=21.2.4", "scikit-learn=0.24.2", "scipy=1.7.1"),
        ("azureml-defaults==1.38.0", "joblib==1.2.0", "azure-storage-blob==12.11", "azure-identity==1.7"),
        ("sklearn.linear_model", "joblib", "azure.identity", "azure.storage.blob"),
    ),
    Old(
        "published-mlflow-model",
        "3.8.13",
        ("pip<=22.0.4",),
        ("mlflow", "cloudpickle==2.2.0", "psutil==5.8.0", "scikit-learn==1.2.2", "typing-extensions==4.4.0"),
        ("sklearn.linear_model", "cloudpickle", "psutil"),
    ),
    Old(
        "published-multimodel",
        "3.8",
        (),
        ("pandas", "numpy", "scikit-learn", "joblib", "azureml-inference-server-http"),
        ("sklearn.linear_model", "pandas", "joblib"),
    ),
    Old(
        "published-automl",
        "3.9",
        (
            "pip=22.1.2",
            "numpy~=1.22.3",
            "pandas~=1.3.5",
            # py-xgboost=1.3.3 is left out: of a package that is listed twice, here by pip as well, one line is changed.
            "pyopenssl=24.0.0",
            "cryptography=42.0.2",
            "psutil>=5.2.2,<6.0.0",
            "tqdm",
            "setuptools=65.5.1",
            "wheel=0.38.1",
            "openssl=3.0.13",
        ),
        (
            "inference-schema",
            "azureml-core==1.55.0.post2",
            "azureml-mlflow==1.55.0",
            "azureml-pipeline-core==1.55.0",
            "azureml-telemetry==1.55.0",
            "azureml-interpret==1.55.0",
            "azureml-responsibleai==1.55.0",
            "azureml-automl-core==1.55.0.post2",
            "azureml-automl-runtime==1.55.0.post1",
            "azureml-train-automl-client==1.55.0",
            "azureml-train-automl-runtime==1.55.0.post1",
            "azureml-train-automl==1.55.0",
            "azureml-dataset-runtime==1.55.0",
            "azureml-defaults==1.55.0",
            "mlflow-skinny==2.9.2",
            "torch==1.13.1",
            "xgboost==1.3.3",
            "prophet==1.1.4",
            "mltable>=1.0.0",
            "azure-identity",
            "azure-ai-ml",
            "azureml-inference-server-http==1.0.0",
            "joblib~=1.2.0",
            "cryptography>=42.0.4",
            "certifi >= 2023.07.22",
            "requests >= 2.31.0",
        ),
        ("xgboost", "pandas", "joblib"),
    ),
    # azureml-v1-real-time-deployment-template.
    Old(
        "published-template-score",
        "3.7",
        TEMPLATE,
        ("azureml-sdk==1.8.*", "azureml-defaults==1.8.*", f"{SCHEMA}==1.0.*", "azureml-monitoring==0.1.0a18"),
        ("sklearn.linear_model", "pandas", "joblib"),
    ),
    Old(
        "published-template-train",
        "3.7",
        (*TEMPLATE, "scipy=1.4.*"),
        ("azureml-sdk==1.8.*",),
        ("sklearn.linear_model", "pandas", "scipy"),
    ),
    Old(
        "published-template-tests",
        "3.7",
        (*TEMPLATE, "scipy=1.4.*"),
        (
            "azureml-core==1.8.*",
            "azureml-defaults==1.8.*",
            "azureml-datadrift==1.8.*",
            f"{SCHEMA}==1.0.*",
            "azureml-monitoring==0.1.0a18",
            "pytest==5.4.*",
            "pytest-cov==2.10.*",
            "flake8==3.8.*",
            "requests==2.24.*",
            "bandit==1.6.*",
        ),
        ("sklearn.linear_model", "pandas", "requests"),
    ),
    # azureml-mlops-example-scenarios.
    Old(
        "published-scenario-score",
        "3.8",
        ("pip=22.3.1",),
        (
            "azureml-ai-monitoring~=0.1.0b1",
            "azureml-defaults==1.38.0",
            "azureml-mlflow~=1.48.0",
            "inference-schema~=1.3.0",
            "numpy~=1.23.5",
            "pandas~=1.5.2",
            "scikit-learn~=1.2.0",
        ),
        ("sklearn.linear_model", "pandas"),
    ),
    Old(
        "published-scenario-train",
        "3.8",
        ("pip=22.3.1",),
        (
            "azure-ai-ml~=1.2.0",
            "azureml-mlflow~=1.48.0",
            "deepchecks~=0.9.2",
            "mltable~=1.0.0",
            "numpy~=1.23.5",
            "pandas~=1.5.2",
            "scikit-learn~=1.2.0",
        ),
        ("sklearn.linear_model", "pandas", "deepchecks"),
    ),
    Old(
        "published-scenario-drift",
        "3.8",
        ("pip=22.3.1",),
        (
            "azure-monitor-query~=1.0.3",
            "azure-identity~=1.12.0",
            "evidently~=0.2.1",
            "mltable~=1.0.0",
            "opencensus-ext-azure~=1.1.7",
            "pandas~=1.5.2",
        ),
        ("pandas", "evidently"),
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
