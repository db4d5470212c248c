"""Projects of published files: each deploys and answers, with a small model of the kind that its script loads.

* the scripts of Azure ML's documents in `tests/documents/scripts`, unchanged or, where they work nowhere any more,
  after the repairs of `scoredock check --fix`;
* the counterparts of the documents' samples in `tests/samples/files`;
* scripts of `azure-ai-ml`, from its source archive on the index, fetched once by exact version;
* scripts and configurations of public repositories, where a folder or an archive of them is at hand
  (`SCOREDOCK_CORPUS`): nothing of them lies in this repository.

What is needed to deploy and was not published with them is ours: an environment with packages of today, a
configuration, a model.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from scoredock.context import Context
from scoredock.scripts.checked_files import FileChecker
from scoredock.scripts.fixing import repair
from scoredock.settings import Values

from mutants.estimators import trained
from mutants.projects import BARE, LOCAL, SKLEARN, Learnt, Project, Request, json_text

CORPUS = "SCOREDOCK_CORPUS"
"""Environment variable: the folder of published repositories, or an archive of it."""
ARCHIVE = "azure-ai-ml==1.35.0"
_TESTS = Path(__file__).parents[1]
_CACHE = Path.home() / ".cache" / "scoredock" / "published-ci"
_WITH_CONDA = json_text({"entryScript": "score.py", "condaFile": "conda.yml"})
_TEN = b'{"%s": [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]]}'
_LIST = Learnt(b"[")
_RAW = BARE.replace(">=1.0.45", "\n      - azureml-contrib-services")
_Files = dict[str, Callable[[], bytes]]


def published_projects() -> tuple[Project, ...]:
    """Those whose files are at hand."""
    everything = (*_documents(), *_samples(), *_fetched(), *_of_repositories())
    return tuple(replace(project, unreached=_UNREACHED) for project in everything)


_UNREACHED = r"bad request|except |str\((e|problem)\)|return (error|text)$|\"error\"|\"Error\""
"""The ways of failures, which these scripts answer with a text."""


def _script(
    name: str,
    text: str,
    requests: tuple[Request, ...],
    models: dict[str, _Files] | None = None,
    *,
    environment: str = SKLEARN,
) -> Project:
    files = {"score.py": text, "conda.yml": environment, "inferenceconfig.json": _WITH_CONDA}
    return Project(name, {**files, "deploymentconfig.json": LOCAL}, requests, models or {})


def _model(name: str, file: str, made: str = "") -> dict[str, _Files]:
    return {name: {file: partial(trained, made or file)}}


def repaired(text: str) -> str:
    """What `scoredock check --fix` makes of an entry script by itself, without an import of the SDK that nothing
    uses, which it leaves to the person."""
    text = text.replace("import azureml.train.automl\n", "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "score.py")
        for name, content in (("conda.yml", SKLEARN), ("inferenceconfig.json", _WITH_CONDA), ("score.py", text)):
            Path(folder, name).write_text(content, encoding="utf-8")
        checker = FileChecker(Context(Values({}, {}), home=Path(folder, "home"), folders=(Path(folder),)))
        return repair(text, lambda changed: checker.check(path, changed)).text


_LEFT = ("digits_schema", "sentiment")
"""A schema whose name has two possible repairs, and a script with gigabytes of packages."""


@cache
def _documents() -> tuple[Project, ...]:
    scripts = _TESTS / "documents" / "scripts"
    raw = {
        "raw_posted": Request(b"abc", b"abc"),
        "raw_cors": Request(b"abc", b"abc"),
        "raw_reversed": Request(b"abc", b"cba"),
    }
    made = [
        _script(
            f"documents-{name}",
            (scripts / f"{name}.py").read_text(),
            (posted, Request(b"", b"/score?", "GET")),
            environment=_RAW,
        )
        for name, posted in raw.items()
    ]
    mended = {path.stem: path.read_text() for path in scripts.glob("*.py") if path.stem not in (*raw, *_LEFT)}
    mended = {name: repaired(text) for name, text in mended.items()}
    ten = _TEN % b"data"
    made += [
        _script(
            "documents-digits",
            mended["digits"],
            (Request(ten, "[7, 7]"),),
            _model("sklearn_mnist", "sklearn_mnist_model.pkl", "digits.pkl"),
        ),
        _script(
            "documents-ridge_arrays",
            mended["ridge_arrays"],
            (Request(ten, _LIST),),
            _model("sklearn_mnist", "sklearn_mnist_model.pkl", "ten.pkl"),
        ),
        _script(
            "documents-data_frame",
            mended["data_frame"],
            (Request(b'{"data": [{"input_name_1": 5.1, "input_name_2": "value2", "input_name_3": 3}]}', [4]),),
            _model("automl", "model_file.pkl", "names.pkl"),
        ),
    ]
    return tuple(made)


@cache
def _samples() -> tuple[Project, ...]:
    def read(path: str) -> str:
        return (_TESTS / "samples" / "files" / path).read_text()

    ridge: _Files = {"price_ridge.pkl": partial(trained, "ten.pkl")}
    rows = Request(_TEN % b"rows", _LIST)
    moods = ("classifier.joblib", "stop_words.joblib", "word_counter.pkl", "mood_names.pkl")
    files = {name: read(f"text_labels/{name}") for name in ("score.py", "inferenceConfig.yml", "moods.yml")}
    older = {name: read(f"older_keys/{name}") for name in ("score.py", "inferenceconfig.json", "conda.yml")}
    folder = {"inferenceconfig.json": read("source_folder/inferenceconfig.json").replace("\n}", "")}
    folder["inferenceconfig.json"] += ',\n    "condaFile": "../conda.yml"\n}\n'
    return (
        Project(
            "samples-text_labels",
            {**files, "deploymentConfig.yml": read("text_labels/deploymentConfig.yml")},
            (
                Request(b'{"sentence": "a lovely sunny morning"}', Learnt(b'{"mood": "GLAD"'), ignored=("seconds",)),
                Request(b'{"sentence": "awful rain again"}', Learnt(b'{"mood": "SAD"'), ignored=("seconds",)),
            ),
            {"moods": {f"moods/{name}": partial(trained, f"moods/{name}") for name in moods}},
            config="inferenceConfig.yml",
            deployment="deploymentConfig.yml",
        ),
        Project("samples-older_keys", {**older, "deploymentconfig.json": LOCAL}, (rows,), {"price_ridge": ridge}),
        _script(
            "samples-several_models",
            read("several_models/score.py"),
            (Request(_TEN % b"rows", Learnt(b'{"cheap"')),),
            {"price_cheap": ridge, "price_dear": ridge},
        ),
        _script(
            "samples-single_folder",
            read("single_folder/score.py"),
            (rows,),
            {"price_model": {"price_model/price_ridge.pkl": partial(trained, "ten.pkl")}},
        ),
        Project(
            "samples-source_folder",
            {
                "service_code/score.py": read("source_folder/service_code/score.py"),
                "conda.yml": SKLEARN,
                **folder,
                "deploymentconfig.json": LOCAL,
            },
            (rows,),
            beside={"service_code/price_ridge.pkl": partial(trained, "ten.pkl")},
        ),
        _script(
            "samples-pandas_schema",
            repaired(read("pandas_schema/score.py")),
            (Request(b'{"data": [{"area": 50.0, "district": "north", "rooms": 4}]}', [100.0]),),
            _model("houses", "house_pipeline.pkl", "houses.joblib"),
        ),
    )


@cache
def _fetched() -> tuple[Project, ...]:
    archive = source_archive(ARCHIVE)
    if archive is None:
        return ()
    inside = f"{archive.name.removesuffix('.tar.gz')}/tests/test_configs/deployments/"

    def read(path: str) -> str:
        with tarfile.open(archive) as packed:
            found = packed.extractfile(inside + path)
            assert found is not None
            return found.read().decode()

    rows = (Request(_TEN % b"data", _LIST),)
    ten: _Files = {"model/sklearn_regression_model.pkl": partial(trained, "ten.pkl")}
    other: _Files = {"model/model.pkl": partial(trained, "ten.pkl")}
    plain: _Files = {"sklearn_regression_model.pkl": partial(trained, "ten.pkl")}
    return (
        _script("azure-ai-ml-model-1", read("model-1/onlinescoring/score.py"), rows, {"model-1": ten}),
        _script("azure-ai-ml-model-2", repaired(read("model-2/onlinescoring/score.py")), rows, {"model-2": plain}),
        _script("azure-ai-ml-model-4", read("model-4/onlinescoring/cloud_score.py"), rows, {"model-4": other}),
        _script(
            "azure-ai-ml-nothing",
            read("endpoint_scoring/do_nothing.py"),
            (Request(b'{"data": []}', [{"result": "Hello World"}]),),
            environment=BARE,
        ),
    )


def source_archive(requirement: str) -> Path | None:
    """The source archive of a package, fetched once; None where the index cannot be reached."""
    name, _, version = requirement.partition("==")
    stem = f"{name.replace('-', '_')}-{version}.tar.gz"
    _CACHE.mkdir(parents=True, exist_ok=True)
    if not (_CACHE / stem).is_file():
        words = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
        words += ["--no-binary", ":all:", "--ignore-requires-python", "-d", str(_CACHE), requirement]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(words, capture_output=True, timeout=200, check=False)
    return _CACHE / stem if (_CACHE / stem).is_file() else None


@contextlib.contextmanager
def unpacked_corpus(given: str) -> Iterator[None]:
    """What is made meanwhile finds the published repositories, which may be an archive."""
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        if given and Path(given).is_file():
            # Python before 3.11.4 does not know filters.
            known: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            with tarfile.open(given) as packed:
                packed.extractall(folder, **known)
            given = folder
        if given:
            os.environ[CORPUS] = given
        yield


@cache
def _of_repositories() -> tuple[Project, ...]:
    corpus = os.environ.get(CORPUS, "")
    if not corpus:
        return ()

    def read(repository: str, path: str) -> str:
        return Path(corpus, repository, path).read_text("utf-8-sig").replace("\r\n", "\n")

    template = "nfmoore+azureml-v1-real-time-deployment-template"
    online = "notebooks/deployments/online/custom_scoring_script/model-1/onlinescoring"
    workshop = "danielsc+azureml-workshop-2019"
    ten: _Files = {"sklearn_regression_model.pkl": partial(trained, "ten.pkl")}
    return (
        Project(
            "template",
            {
                "src/score.py": repaired(read(template, "src/score.py").replace("np.object)", "object)")),
                "environments/score_dependencies.yml": SKLEARN,
                "inference_config.yml": read(template, "configuration/inference_config.yml"),
                "deployment_config.yml": "computeType: local\n",
            },
            (Request(_PATIENT, Learnt(b'{"probability"')),),
            _model("cardiovascular_disease_model", "model.pkl", "hearts.pkl"),
            config="inference_config.yml",
            deployment="deployment_config.yml",
        ),
        _script(
            "workshop",
            repaired(read(workshop, "3-mlops/score.py")),
            (Request(_EMPLOYEE, Learnt(b'"{\\"result')),),
            _model("IBM_attrition_model", "IBM_attrition_model.pkl", "attrition.pkl"),
        ),
        _script("aci", read("rndazurescript+FunWithAzureML", "SimpleACIDeployment/score.py"), _ANY, environment=BARE),
        _script(
            "online",
            read("jomedinagomez+MLOPs-AzureML", f"{online}/score_original.py"),
            (Request(_TEN % b"data", _LIST),),
            {"model-1": ten},
        ),
    )


_ANY = (Request(b"[]", [1, 2, 3, 4]),)
_PATIENT = (
    b'{"data": [{"age": 50, "gender": "female", "systolic": 110, "diastolic": 80, "height": 175, "weight": 80,'
    b' "cholesterol": "normal", "glucose": "normal", "smoker": "not-smoker", "alcoholic": "not-alcoholic",'
    b' "active": "active"}]}'
)
_EMPLOYEE = (
    b'{"data": [{"Age": 41, "BusinessTravel": "Travel_Rarely", "DailyRate": 1102, "Department": "Sales",'
    b' "DistanceFromHome": 1, "Education": 2, "EducationField": "Life Sciences", "EnvironmentSatisfaction": 2,'
    b' "Gender": "Female", "HourlyRate": 94, "JobInvolvement": 3, "JobLevel": 2, "JobRole": "Sales Executive",'
    b' "JobSatisfaction": 4, "MaritalStatus": "Single", "MonthlyIncome": 5993, "MonthlyRate": 19479,'
    b' "NumCompaniesWorked": 8, "OverTime": "No", "PercentSalaryHike": 11, "PerformanceRating": 3,'
    b' "RelationshipSatisfaction": 1, "StockOptionLevel": 0, "TotalWorkingYears": 8, "TrainingTimesLastYear": 0,'
    b' "WorkLifeBalance": 1, "YearsAtCompany": 6, "YearsInCurrentRole": 4, "YearsSinceLastPromotion": 0,'
    b' "YearsWithCurrManager": 5}]}'
)
