"""Deploy is the first click in scripts of others: those of the documents, and those of published repositories."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from documents.conftest import Train
from documents.published import PUBLISHED, Published
from first_click import Seen, walk
from mutants.published_projects import CORPUS, unpacked_corpus
from workbench import until

if TYPE_CHECKING:
    from desks import Desk

ROOT = Path(__file__).resolve().parents[2]
_MLMODEL = """flavors:
  python_function:
    loader_module: mlflow.sklearn
    model_path: model.pkl
  sklearn:
    pickled_model: model.pkl
    serialization_format: cloudpickle
"""


PROPOSED = ("data_frame", "digits_schema")
"""Scripts of the documents with mistakes whose repair only the person can choose; it is one more row to press."""


@pytest.fixture(scope="module")
def shared(open_shared_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "README.md").write_text("Scripts of the documents.\n")
    return open_shared_desk(folder)


def lay_out(folder: Path, script: Published, train: Train) -> None:
    """The script as it was published, its packages, and its model beside it, registered nowhere."""
    folder.mkdir()
    shutil.copy(script.path, folder / "score.py")
    conda = {"name": "published", "dependencies": ["pip", {"pip": list(script.packages or ("azureml-defaults",))}]}
    environment = {"name": "published", "python": {"condaDependencies": conda}}
    if script.environment:
        environment["environmentVariables"] = dict(script.environment)
        inference = {"entryScript": "score.py", "environment": environment}
        (folder / "inferenceconfig.json").write_text(json.dumps(inference))
    else:
        (folder / "conda.yml").write_text(json.dumps(conda))
    if script.model:
        model, _ = train(script.model, script.packages, script.environment)
        (shutil.copytree if model.is_dir() else shutil.copy)(model, folder / model.name)  # type: ignore[operator]


def expected_buttons(script: Published) -> tuple[str, ...]:
    repaired = ["Fix and Deploy"] if script.errors else []
    proposed = [_QUICK_FIXES] if script.name in PROPOSED else []
    return ("Deploy", "Enter", *repaired, *proposed)


@pytest.mark.long("tests/documents deploys them by the command line; here each by mouse, some with large packages")
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("script", PUBLISHED, ids=lambda script: script.name)
def test_a_script_of_the_documents_by_mouse(
    script: Published,
    shared: Desk,
    tidy: Callable[[Desk], Desk],
    train: Train,
) -> None:
    desk = tidy(shared)
    name = script.name.replace("_", "-")
    lay_out(desk.folder / name, script, train)
    pressed, end = walk(desk.window, f"{name}/score.py")
    assert end.kind == "requests", (pressed, end)
    assert tuple(pressed) == expected_buttons(script)
    panel = desk.window.webview("Send")
    # At once: the sample of the request may not be there yet, and is sent all the same.
    panel.locator("#send").click()
    until(lambda: "200" in panel.locator("#summary").inner_text(), "a right answer", timeout=60)
    desk.scoredock("service", "delete", name)
    # Three scripts ask for models of the same name: the next one begins with nothing registered, too.
    for model in desk.scoredock("model", "list")["models"]:
        desk.scoredock("model", "delete", model["id"])


@dataclass(frozen=True)
class RepositoryScript:
    """An entry script of a repository: what it is opened with, and where the first click leads."""

    path: str
    """Repository and path."""
    models: dict[str, str] = field(default_factory=dict)
    """Path below the script's folder → what lies there; the repositories have empty files there, or none."""
    pressed: tuple[str, ...] = ("Deploy", "Enter")
    kind: str = "requests"
    says: str = ""
    offers: str = ""
    """A button of the end."""


_ONLINE = "jomedinagomez+MLOPs-AzureML/notebooks/deployments/online/custom_scoring_script/model-1/onlinescoring"
_REGRESSION = {"../model/sklearn_regression_model.pkl": "ten.pkl"}
_FIXED = ("Deploy", "Enter", "Fix and Deploy")
_QUICK_FIXES = "Apply Quick Fixes and Deploy"
_LINE = "Go to Line"
_IS_BATCH = "is a batch script"


def _batch_script(path: str) -> RepositoryScript:
    return RepositoryScript(path, pressed=("Deploy",), kind="message", says=_IS_BATCH, offers="Deploy Another Script…")


_WORKSHOP = {"pressed": (*_FIXED, _QUICK_FIXES)}
REPOSITORY_SCRIPTS = (
    RepositoryScript(
        "danielsc+azureml-workshop-2019/3-mlops/score.py",
        {"original_model.pkl": "attrition.pkl"},
        **_WORKSHOP,  # type: ignore[arg-type]
    ),
    RepositoryScript(
        "danielsc+azureml-workshop-2019/4-enterprise-readiness/score.py",
        {"IBM_attrition_model.pkl": "attrition.pkl"},
        **_WORKSHOP,  # type: ignore[arg-type]
    ),
    RepositoryScript(f"{_ONLINE}/score_original.py", _REGRESSION),
    RepositoryScript(f"{_ONLINE}/score.py", _REGRESSION, _FIXED, "message", "custom logging is not enabled", _LINE),
    RepositoryScript(f"{_ONLINE}/score_managedidentity.py", _REGRESSION, _FIXED, "message", "", _LINE),
    RepositoryScript(
        "nfmoore+azureml-mlops-example-scenarios/core/src/online_score.py",
        {"model": "mlflow"},
        _FIXED,
        "message",
        "",
        _LINE,
    ),
    RepositoryScript("nfmoore+azureml-v1-real-time-deployment-template/src/score.py", {"model.pkl": "hearts.pkl"}),
    RepositoryScript(
        "rndazurescript+FunWithAzureML/DeployAutoMLModel/custom_scoring.py",
        {"model.pkl": "ten.pkl", "scoring_explainer.pkl": "ten.pkl"},
        kind="question",
        says="Model of the service",
        offers="model.pkl",
    ),
    RepositoryScript(
        "rndazurescript+FunWithAzureML/SimpleACIDeployment/score.py",
        pressed=("Deploy", "Enter", _QUICK_FIXES),
    ),
    RepositoryScript(
        "rndazurescript+FunWithAzureML/forecast-online-endpoint/score/scoring_file_v_2_0_0.py",
        {"../model/model.pkl": "column.pkl"},
        ("Deploy", "Enter", _QUICK_FIXES),
        kind="errors",
        says="azureml.automl.core",
        offers="Show Problems",
    ),
    _batch_script("rndazurescript+FunWithAzureML/BatchProcessingWithR/scripts/batch_wrapper.py"),
    _batch_script("rndazurescript+FunWithAzureML/SimpleBatchParallelFiles/script/file_batch.py"),
    _batch_script("wjohnson+AzureMLStarters/parallel-pipeline/train/train.py"),
)


ENDS = {"requests": "Healthy", "message": "Message: ", "question": "Question: ", "errors": "Errors: "}
_PAGE = ROOT / "docs" / "internals" / "first-click.md"


def rows_of_the_page() -> dict[str, list[str]]:
    """First cell → the other cells."""
    lines = _PAGE.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {first: others for first, *others in cells}


def buttons(cell: str) -> tuple[str, ...]:
    """What is pressed, without what it does."""
    return tuple(re.sub(r" \(.*?\)(?=, [A-Z]|$)", "", cell).split(", "))


@pytest.mark.parametrize("script", REPOSITORY_SCRIPTS, ids=lambda script: script.path.split("+")[-1])
def test_the_page_tells_where_a_published_script_ends(script: RepositoryScript) -> None:
    _, pressed, end = rows_of_the_page()[script.path.partition("+")[2]]
    assert buttons(pressed) == script.pressed
    assert end.startswith(ENDS[script.kind])
    assert script.offers in end
    assert script.says.removeprefix("is ") in end


@pytest.mark.parametrize("script", PUBLISHED, ids=lambda script: script.name)
def test_the_page_tells_where_a_script_of_the_documents_ends(script: Published) -> None:
    (pressed,) = next(cells for names, cells in rows_of_the_page().items() if script.name in names.split(", "))
    assert buttons(pressed) == expected_buttons(script)


@pytest.mark.long("needs the published repositories, which are not part of this one")
def test_every_entry_script_of_the_repositories_is_in_the_list(corpus_files: dict[str, str]) -> None:
    functions = [re.compile(rf"^(?:async )?def {name}\(", re.MULTILINE) for name in ("init", "run")]
    found = {path for path, text in corpus_files.items() if all(each.search(text) for each in functions)}
    assert found == {script.path for script in REPOSITORY_SCRIPTS}


@pytest.fixture
def corpus_files(require: Callable[..., None]) -> dict[str, str]:
    """The Python files of the repositories."""
    given = os.environ.get(CORPUS, "")
    require(given, f"published repositories ({CORPUS})")
    with unpacked_corpus(given):
        folder = Path(os.environ[CORPUS])
        files = {str(path.relative_to(folder)): path.read_text("utf-8", "replace") for path in folder.rglob("*.py")}
    os.environ[CORPUS] = given
    return files


@pytest.fixture(scope="module")
def corpus(
    require: Callable[..., None], third_party: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The folder of the repositories, and one of small models."""
    given = os.environ.get(CORPUS, "")
    require(given, f"published repositories ({CORPUS})")
    folder = tmp_path_factory.mktemp("corpus")
    with unpacked_corpus(given):
        shutil.copytree(os.environ[CORPUS], folder / "repositories")
    os.environ[CORPUS] = given
    (folder / "models").mkdir()
    making = ROOT / "tests" / "mutants" / "estimators.py"
    subprocess.run([str(third_party), str(making), str(folder / "models")], check=True, timeout=300)
    return folder / "repositories", folder / "models"


def put(target: Path, made: str, models: Path) -> None:
    """A small model of the right kind in its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if made != "mlflow":
        shutil.copy(models / made, target)
        return
    target.mkdir()
    shutil.copy(models / "hearts.pkl", target / "model.pkl")
    (target / "MLmodel").write_text(_MLMODEL)


@pytest.mark.long("opens a window on each of thirteen projects of published repositories and installs their packages")
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("script", REPOSITORY_SCRIPTS, ids=lambda script: script.path.split("+")[-1])
def test_a_published_script_by_the_first_click(
    script: RepositoryScript, corpus: tuple[Path, Path], open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    repositories, models = corpus
    repository, _, inner = script.path.partition("/")
    shutil.copytree(repositories / repository, tmp_path / repository)
    opened = tmp_path / repository / inner
    for place, made in script.models.items():
        put(Path(os.path.normpath(opened.parent / place)), made, models)
    desk = open_desk(opened.parent)
    pressed, end = walk(desk.window, opened.name)
    print(f"{script.path}: {' → '.join(pressed)} → {end}")
    assert tuple(pressed) == script.pressed, end
    check_end(end, script)


def check_end(end: Seen, script: RepositoryScript) -> None:
    assert end.kind == script.kind, end
    assert script.says in end.text
    assert any(script.offers in one for one in end.offered), "no end without a button that helps"
