"""What scripts that are submitted run in: with what azureml-defaults brings, and near to the packages of 2019 that
estimators and ready-made environments mean."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import h11
import pytest

import interpreters
from cli.conftest import Terminal
from package_index import Index, Release, index_of
from parts import missing

from .test_scripts import CONNECT, run

OLD_PYTHON = "cp36-cp36m-manylinux1_x86_64"
OF_BEFORE_3_8 = "import sys\nif sys.version_info >= (3, 8):\n    raise TypeError('an integer is required')\n"
"""What joblib of that time does in a Python that came later, although it installs there."""


def release(name: str, version: str, body: str = "", tag: str = "py3-none-any") -> Release:
    return Release(name, version, f"{body}__version__ = {version!r}\n", tag=tag)


OUR_H11 = (
    f"import sys\nfrom importlib import util\nspec = util.spec_from_file_location('h11', {h11.__file__!r})\n"
    "sys.modules['h11'] = util.module_from_spec(spec)\nspec.loader.exec_module(sys.modules['h11'])\n"
)
"""For a service, which speaks HTTP with it."""
RELEASES = (
    Release("h11", "0.16.0", OUR_H11),
    *(release("requests", version) for version in ("2.27.1", "2.32.0")),
    release("scikit-learn", "0.20.3", tag=OLD_PYTHON),
    *(release("scikit-learn", version, "import joblib\n") for version in ("0.22", "0.24.2", "1.5")),
    release("scipy", "1.2.1"),
    release("joblib", "0.13.2", OF_BEFORE_3_8),
    *(release("joblib", version) for version in ("0.14.0", "0.14.1", "1.0.1", "1.4")),
    *(release("pandas", version) for version in ("0.25.3", "1.1.5", "2.0")),
    *(release("numpy", version) for version in ("1.18.5", "2.1")),
    *(release("lightgbm", version, "def train(**_):\n    pass\n") for version in ("3.3.5", "4.0.0")),
    Release("azureml-core", "1.0.23"),
    Release("azureml-core", "1.61.0", requires=("numpy<2",)),
    Release("azureml-sdk", "1.0.23", "__version__ = '1.0.23'\n", requires=("azureml-core==1.0.23",)),
    Release("azureml-sdk", "1.27.0", requires=("azureml-dataprep~=2.14.0",)),
    Release("azureml-automl-runtime", "1.19.0", requires=("azureml-dataprep~=2.14.0",)),
    Release("azureml-dataset-runtime", "1.19.0", requires=("azureml-dataprep~=2.14.0",)),
    Release("azureml-train-automl-runtime", "1.52.0"),
    release("fbprophet", "0.7.1", tag="cp27-cp27m-manylinux1_x86_64"),
    Release("azureml-dataprep", "2.14.3", requires=("azureml-dataprep-rslex<1.13,>=1.12",)),
    Release("azureml-dataprep-rslex", "1.19.1"),
    *(Release(f"deep-{at}", requires=(f"deep-{at + 1}",)) for at in range(1, 6)),
    Release("deep-6", requires=("tqdm>7",)),
    Release("azureml-sdk", "1.62.0", "__version__ = '1.62.0'\n", requires=("azureml-core~=1.61",)),
    *(release(name, "1.0") for name in ("tqdm", "matplotlib", "sklearn-pandas", "mlflow")),
)
HEAD = CONNECT + "import json\nfrom azureml.core import Environment, Experiment, ScriptRunConfig\n"
SUBMIT = (
    "run = Experiment(ws, 'e').submit(config)\nrun.wait_for_completion(show_output=True)\n"
    "print(json.dumps(run.get_metrics()))\n"
)


@pytest.fixture
def index(terminal: Terminal, tmp_path: Path) -> Iterator[Index]:
    """All that the terminal gets packages from; old Pythons that this machine may have are none here."""
    with index_of(tmp_path / "index", RELEASES) as index:
        terminal.env |= {"UV_DEFAULT_INDEX": f"http://{index.address}/simple", "UV_CACHE_DIR": str(tmp_path / "uv")}
        terminal.env |= {"PATH": os.defpath, "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "none")}
        (terminal.folder / "src").mkdir()
        yield index


def versions(terminal: Terminal, text: str, *names: str) -> tuple[dict[str, str], subprocess.CompletedProcess[str]]:
    """What the script that is submitted finds of these modules, which one beside it imports."""
    (terminal.folder / "src" / "beside.py").write_text("".join(f"import {name}\n" for name in names))
    (terminal.folder / "src" / "train.py").write_text(
        "import beside\nfrom azureml.core import Run\nrun = Run.get_context()\n"
        + "".join(f"run.log({name!r}, beside.{name}.__version__)\n" for name in names)
    )
    process = run(terminal, f"{HEAD}{text}{SUBMIT}")
    assert process.returncode == 0, process.stdout + process.stderr
    return json.loads(process.stdout.splitlines()[-1]), process


def test_what_azureml_defaults_brings_is_there_for_a_script_that_imports_it(terminal: Terminal, index: Index) -> None:
    text = "environment = Environment('own')\n"
    environment = f"{text}environment.python.conda_dependencies.add_pip_package('tqdm')\n"
    script = "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    command = "config = ScriptRunConfig('src', command='python train.py && true', environment=environment)\n"
    for config in (script, command):
        found, process = versions(terminal, environment + config, "requests")
        assert found == {"requests": "2.32.0"}
    assert "own: requests is installed as well: the script imports it" in process.stderr
    # A script that does not import it asks for nothing of that.
    index.asked.clear()
    versions(terminal, environment.replace("'own'", "'other'") + script, "tqdm")
    assert not [path for path in index.asked if "requests" in path]


def test_an_estimator_gets_the_releases_nearest_to_those_of_2019(terminal: Terminal, index: Index) -> None:
    """Its framework has no wheel for later Pythons, and its joblib cannot be imported in them."""
    text = "from azureml.train.sklearn import SKLearn\nconfig = SKLearn('src', entry_script='train.py')\n"
    found, process = versions(terminal, text, "scikit_learn", "joblib")
    assert found == {"scikit_learn": "0.22", "joblib": "0.14.0"}
    (line,) = [line for line in process.stderr.splitlines() if " stands for Python 3.6" in line]
    assert "scikit-learn 0.20.3 → 0.22" in line
    assert "joblib 0.13.2 → 0.14.0" in line
    assert "may fail" not in line
    index.asked.clear()
    assert versions(terminal, text, "scikit_learn")[0] == {"scikit_learn": "0.22"}
    assert not index.asked, "what was found is kept"


def test_the_python_that_an_environment_names_is_taken_where_it_is_here(terminal: Terminal, index: Index) -> None:
    python = interpreters.old().get("3.6")
    if python is None or "pyenv" not in str(python):
        missing("a Python 3.6 of pyenv", "old-python")
    terminal.env["PYENV_ROOT"] = str(python).partition("/versions/")[0]
    text = "from azureml.train.sklearn import SKLearn\nconfig = SKLearn('src', entry_script='train.py')\n"
    found, process = versions(terminal, text, "scikit_learn")
    assert found == {"scikit_learn": "0.20.3"}
    assert " stands for Python" not in process.stderr


def test_an_estimator_takes_what_a_script_asks_for_in_the_place_of_its_own(terminal: Terminal, index: Index) -> None:
    (terminal.folder / "src" / "more.txt").write_text("pandas==1.1.5\n")
    text = (
        "from azureml.train.sklearn import SKLearn\nconfig = SKLearn('src', entry_script='train.py',\n"
        "    pip_requirements_file='more.txt', pip_packages=['scikit-learn==0.24.2', 'joblib==1.0.1'])\n"
    )
    found, process = versions(terminal, text, "scikit_learn", "joblib", "pandas")
    assert found == {"scikit_learn": "0.24.2", "joblib": "1.0.1", "pandas": "1.1.5"}
    assert "→" not in process.stderr


def test_a_ready_made_environment_trains_with_the_packages_of_its_time(terminal: Terminal, index: Index) -> None:
    text = (
        "config = ScriptRunConfig('src', 'train.py', compute_target='cpu',\n"
        "    environment=Environment.get(ws, 'AzureML-Tutorial'))\n"
    )
    found, process = versions(terminal, text, "scikit_learn", "joblib", "pandas", "numpy")
    assert found == {"scikit_learn": "0.22", "joblib": "0.14.1", "pandas": "0.25.3", "numpy": "1.18.5"}
    assert "AzureML-Tutorial: Python 3." in process.stderr


def test_a_ready_made_environment_for_python_3_6_has_pandas_for_a_script_that_imports_it(
    terminal: Terminal, index: Index
) -> None:
    text = "config = ScriptRunConfig('src', 'train.py', environment=Environment.get(ws, 'AzureML-Minimal'))\n"
    found, process = versions(terminal, text, "pandas")
    assert found["pandas"]
    assert "pandas is installed as well: the script imports it" in process.stderr


def test_a_clone_of_a_ready_made_environment_trains_with_those_packages_and_its_own(
    terminal: Terminal, index: Index
) -> None:
    text = (
        "own = Environment.get(ws, 'AzureML-Tutorial').clone('first').clone('own')\n"
        "own.python.conda_dependencies.add_pip_package('tqdm')\n"
        "own.python.conda_dependencies.add_pip_package('joblib==1.0.1')\n"
        "config = ScriptRunConfig('src', 'train.py', environment=own)\n"
    )
    found, process = versions(terminal, text, "scikit_learn", "joblib", "pandas", "tqdm")
    assert found == {"scikit_learn": "0.22", "joblib": "1.0.1", "pandas": "0.25.3", "tqdm": "1.0"}
    assert "own: Python 3." in process.stderr


@pytest.mark.parametrize(
    ("named", "expected"),
    [("azureml-sdk", ("1.62.0", "1.18.5")), ("azureml-sdk==1.0.23", ("1.0.23", "2.1"))],
)
def test_the_sdk_without_a_version_is_that_of_today_whatever_else_is_newest(
    named: str, expected: tuple[str, str], terminal: Terminal, index: Index
) -> None:
    """The newest NumPy goes only with a release of 2019, which names no bound for it."""
    found, _ = versions(
        terminal,
        "from azureml.core.conda_dependencies import CondaDependencies\nenvironment = Environment('own')\n"
        f"packages = CondaDependencies.create(pip_packages=['numpy', {named!r}])\n"
        "environment.python.conda_dependencies = packages\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n",
        "azureml_sdk",
        "numpy",
    )
    assert (found["azureml_sdk"], found["numpy"]) == expected


def test_a_release_of_the_sdk_that_lacks_parts_is_left_out_and_that_is_said(terminal: Terminal, index: Index) -> None:
    """With what the script imports that it brings, each time."""
    text = (
        "environment = Environment('own')\n"
        "for each in ('azureml-sdk==1.27.*', 'tqdm==1.0'):\n"
        "    environment.python.conda_dependencies.add_pip_package(each)\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    )
    for _ in range(2):
        found, process = versions(terminal, text, "tqdm", "requests")
        assert found == {"tqdm": "1.0", "requests": "2.32.0"}
        (line,) = [each for each in process.stderr.splitlines() if "Left out" in each]
        assert "azureml-dataprep needs azureml-dataprep-rslex>=1.12,<1.13, and" in line
        assert "and the package index has only azureml-dataprep-rslex==1.19.1. Left out: azureml-sdk==1.27.*." in line


def test_what_cannot_be_installed_beside_the_sdk_is_the_first_cause(terminal: Terminal, index: Index) -> None:
    """The resolver meets it last: it lies deeper than what the release of the SDK lacks."""
    (terminal.folder / "src" / "train.py").write_text("")
    text = (
        "environment = Environment('own')\nfor each in ('azureml-sdk==1.27.*', 'deep-1'):\n"
        "    environment.python.conda_dependencies.add_pip_package(each)\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    )
    process = run(terminal, f"{HEAD}{text}{SUBMIT}")
    line = next(each for each in process.stdout.splitlines() if "cannot be installed" in each)
    assert line.startswith("deep-1 cannot be installed: deep-6 needs tqdm>7"), line
    assert "Left out: azureml-sdk==1.27.*." in line


@pytest.mark.parametrize(("imported", "is_left_out"), [("tqdm", True), ("azureml.automl.core", False)])
def test_automated_ml_that_lacks_parts_is_left_out_where_the_script_does_not_import_it(
    imported: str, is_left_out: bool, terminal: Terminal, index: Index
) -> None:
    (terminal.folder / "src" / "train.py").write_text(f"import {imported}\nprint('to its end')\n")
    text = (
        "environment = Environment('own')\n"
        "for each in ('azureml-automl-runtime==1.19.0', 'tqdm==1.0'):\n"
        "    environment.python.conda_dependencies.add_pip_package(each)\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    )
    process = run(terminal, f"{HEAD}{text}{SUBMIT}")
    assert ("to its end" in process.stdout) == is_left_out, process.stderr
    assert ("Left out: azureml-automl-runtime==1.19.0." in process.stderr) == is_left_out
    assert ("Nobody can install this release of automated ML" in process.stderr) != is_left_out


@pytest.mark.parametrize(("imported", "is_left_out"), [("tqdm", True), ("fbprophet", False)])
def test_what_automated_ml_lists_and_only_conda_has_is_left_out_where_the_script_does_not_import_it(
    imported: str, is_left_out: bool, terminal: Terminal, index: Index
) -> None:
    (terminal.folder / "src" / "train.py").write_text(f"import {imported}\nprint('to its end')\n")
    (terminal.folder / "automl.yml").write_text(
        "dependencies:\n- pip:\n  - azureml-train-automl-runtime==1.52.0\n  - tqdm==1.0\n- fbprophet==0.7.1\n"
    )
    text = (
        "environment = Environment.from_conda_specification('own', 'automl.yml')\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    )
    process = run(terminal, f"{HEAD}{text}{SUBMIT}")
    assert ("to its end" in process.stdout) == is_left_out, process.stderr
    sentence = "Left out: fbprophet==0.7.1, which automated ML lists and the script does not import"
    assert (sentence in process.stderr) == is_left_out, "before it is tried: elsewhere only its build fails"


def test_a_service_needs_no_automated_ml_for_what_stands_in_for_it(terminal: Terminal, index: Index) -> None:
    """A script of automated ML, whose model somebody has trained anew with something else."""
    (terminal.folder / "score.py").write_text(
        "import azureml.automl.core\nfrom azureml.automl.core.shared import log_server\n\n\n"
        "def init():\n    log_server.update_custom_dimensions({'model_name': 'a'})\n\n\n"
        "def run(data):\n    return 'up ' + data\n"
    )
    (terminal.folder / "automl.yml").write_text("dependencies:\n- pip:\n  - azureml-automl-runtime==1.19.0\n")
    done = terminal.run("try", "score.py", "--cf", "automl.yml", "--data", "1")
    assert "up 1" in done.stdout, done.stderr
    assert "Left out: azureml-automl-runtime==1.19.0." in done.stdout + done.stderr


@pytest.mark.parametrize("release", ["1.19.0", "1.19.0.post1"])
def test_a_module_of_automated_ml_that_was_left_out_is_not_told_as_one_to_add(
    release: str, terminal: Terminal, index: Index
) -> None:
    """Only what a model is made of asks for it."""
    (terminal.folder / "score.py").write_text(
        "import importlib\n\n\ndef init():\n    importlib.import_module('azureml.automl.runtime')\n\n\n"
        "def run(data):\n    return data\n"
    )
    (terminal.folder / "automl.yml").write_text(f"dependencies:\n- pip:\n  - azureml-automl-runtime=={release}\n")
    done = terminal.run("try", "score.py", "--cf", "automl.yml", "--data", "1")
    assert "No module named 'azureml.automl" in done.stdout + done.stderr
    line = f"azureml-automl-runtime=={release}"
    assert (
        f"automl.yml lists {line}, which could not be installed and is left out; the log says why"
        in done.stdout + done.stderr
    )
    assert f"{line} cannot be installed: azureml-dataprep" in done.stdout + done.stderr
    assert not any("azureml-automl-runtime" in each for each in index.asked), "one question about its parts says it"


def test_what_stands_beside_a_release_of_the_sdk_that_lacks_parts_is_still_refused(
    terminal: Terminal, index: Index
) -> None:
    (terminal.folder / "src" / "train.py").write_text("print(1)\n")
    text = (
        "environment = Environment('own')\n"
        "for each in ('azureml-sdk==1.27.*', 'nobody-has-it'):\n"
        "    environment.python.conda_dependencies.add_pip_package(each)\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    )
    process = run(terminal, f"{HEAD}{text}{SUBMIT}")
    assert process.returncode != 0
    assert "environment-requirement-unsatisfiable" in process.stderr


USES_NUMPY_OF_BEFORE = "import numpy as np\n\n__version__ = '1'\n\n\ndef rate(text):\n    return np.float(text)\n"


@pytest.mark.parametrize(("line", "expected"), [("numpy", "1.18.5"), ("numpy==2.1", "2.1"), ("pandas==2.0", "1.18.5")])
def test_a_script_gets_the_numpy_that_has_what_it_uses_unless_one_is_chosen(
    terminal: Terminal, index: Index, line: str, expected: str
) -> None:
    text = (
        "environment = Environment('open')\n"
        f"environment.python.conda_dependencies.add_pip_package({line!r})\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    )
    (terminal.folder / "src" / "rates.py").write_text(USES_NUMPY_OF_BEFORE)
    found, process = versions(terminal, text, "rates", "numpy")
    assert found["numpy"] == expected
    assert ("uses numpy.float" in process.stdout) == (expected == "1.18.5")


def test_a_script_gets_the_pandas_whose_data_frames_have_what_it_uses(terminal: Terminal, index: Index) -> None:
    text = (
        "environment = Environment('open')\n"
        "environment.python.conda_dependencies.add_pip_package('pandas')\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    )
    (terminal.folder / "src" / "tables.py").write_text(
        "import pandas as pd\n\n__version__ = '1'\n\n\ndef both(rows, more):\n    rows = rows.append(more)\n"
        "    return rows\n"
    )
    found, process = versions(terminal, text, "tables", "pandas")
    assert found["pandas"] == "1.1.5"
    assert "uses pandas.DataFrame.append" in process.stdout


def test_a_script_gets_the_lightgbm_whose_training_takes_what_it_gives(terminal: Terminal, index: Index) -> None:
    text = (
        "environment = Environment('open')\n"
        "environment.python.conda_dependencies.add_pip_package('lightgbm')\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    )
    (terminal.folder / "src" / "boosting.py").write_text(
        "import lightgbm as lgb\n\n__version__ = '1'\nlgb.train(params={}, early_stopping_rounds=10)\n"
    )
    found, process = versions(terminal, text, "boosting", "lightgbm")
    assert found["lightgbm"] == "3.3.5"
    assert "uses lightgbm.train(early_stopping_rounds), which lightgbm has no more from 4.0 on" in process.stdout


IMPORTS_OLD_JOBLIB = "        from sklearn.externals import joblib\n"


@pytest.mark.parametrize(("way", "expected"), [("with open('a'):", "0.22"), ("try:", "1.5")])
def test_a_script_gets_the_scikit_learn_that_brings_its_joblib(
    terminal: Terminal, index: Index, way: str, expected: str
) -> None:
    text = (
        "environment = Environment('open')\n"
        "for each in ('scikit-learn', 'joblib'):\n"
        "    environment.python.conda_dependencies.add_pip_package(each)\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    )
    end = "    except ImportError:\n        pass\n" if way == "try:" else ""
    loads = f"__version__ = '1'\n\n\ndef late():\n    {way}\n{IMPORTS_OLD_JOBLIB}{end}"
    (terminal.folder / "src" / "loads.py").write_text(loads)
    found, process = versions(terminal, text, "loads", "scikit_learn")
    assert found["scikit_learn"] == expected
    assert ("uses sklearn.externals.joblib, which scikit-learn has no more from 0.23" in process.stdout) == (
        way != "try:"
    )


def write_source(folder: Path, name: str, needs: str = "") -> None:
    """A source archive with its own build, which needs no other package but the one that is given."""
    folder.mkdir(exist_ok=True)
    about = f"Metadata-Version: 2.2\nName: {name}\nVersion: 1.0\n"
    build = (
        "import zipfile\n\n\ndef build_wheel(folder, *_):\n"
        f"    with zipfile.ZipFile(folder + '/{name}-1.0-py3-none-any.whl', 'w') as archive:\n"
        f"        archive.writestr('{name}.py', '__version__ = \"1.0\"')\n"
        f"        archive.writestr('{name}-1.0.dist-info/METADATA', {about!r})\n"
        f"        archive.writestr('{name}-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n')\n"
        f"        archive.writestr('{name}-1.0.dist-info/RECORD', '')\n"
        f"    return '{name}-1.0-py3-none-any.whl'\n"
    )
    tools = f'[build-system]\nrequires = [{needs}]\nbuild-backend = "own"\nbackend-path = ["."]\n'
    with tarfile.open(folder / f"{name}-1.0.tar.gz", "w:gz") as archive:
        for place, content in {"PKG-INFO": about, "own.py": build, "pyproject.toml": tools}.items():
            entry = tarfile.TarInfo(f"{name}-1.0/{place}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))


SOURCE_ALONE = (
    "environment = Environment('open')\n"
    "for each in ('numpy', 'source_alone'):\n"
    "    environment.python.conda_dependencies.add_pip_package(each)\n"
    "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
)


def test_what_is_asked_for_is_built_from_source_also_beside_a_bound_of_ours(
    terminal: Terminal, index: Index, tmp_path: Path
) -> None:
    write_source(tmp_path / "sources", "source_alone")
    terminal.env["UV_FIND_LINKS"] = str(tmp_path / "sources")
    (terminal.folder / "src" / "rates.py").write_text(USES_NUMPY_OF_BEFORE)
    found, _ = versions(terminal, SOURCE_ALONE, "rates", "source_alone", "numpy")
    assert found == {"rates": "1", "source_alone": "1.0", "numpy": "1.18.5"}


def test_a_package_whose_build_tools_cannot_be_had_is_named_itself(
    terminal: Terminal, index: Index, tmp_path: Path
) -> None:
    write_source(tmp_path / "sources", "source_alone", "'tools-of-tomorrow>=3'")
    terminal.env["UV_FIND_LINKS"] = str(tmp_path / "sources")
    (terminal.folder / "src" / "train.py").write_text("")
    process = run(terminal, f"{HEAD}{SOURCE_ALONE}{SUBMIT}")
    assert (
        "source-alone==1.0 has no wheel for this Python, and could not be built from source: tools-of-tomorrow is not"
        " in the package index." in process.stdout
    ), process.stdout


def test_modernized_packages_leave_numpy_to_what_the_script_uses(terminal: Terminal, index: Index) -> None:
    terminal.env["SCOREDOCK_SDK_MODERNIZE"] = "1"
    text = (
        "environment = Environment('old')\n"
        "for each in ('pandas==0.24.2', 'numpy'):\n"
        "    environment.python.conda_dependencies.add_pip_package(each)\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    )
    (terminal.folder / "src" / "rates.py").write_text(USES_NUMPY_OF_BEFORE)
    found, process = versions(terminal, text, "rates", "numpy", "pandas")
    assert found == {"rates": "1", "numpy": "1.18.5", "pandas": "0.25.3"}
    assert "pandas 0.24.2 → 0.25.3" in process.stderr
    assert "numpy any" not in process.stderr


def test_an_environment_that_the_person_manages_gets_no_packages(terminal: Terminal) -> None:
    (terminal.folder / "train.py").write_text("import sys\nprint(sys.executable)\n")
    done = run(
        terminal,
        f"{HEAD}import sys\nfrom azureml.train.estimator import Estimator\n"
        "config = Estimator('.', entry_script='train.py', user_managed=True, pip_packages=['nobody-has-it'])\n"
        f"{SUBMIT}print(sys.executable)\n",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(done.stdout.splitlines()[-1]) == 2, done.stdout


def test_a_service_gets_the_scikit_learn_of_the_script_that_was_submitted_in_its_environment(
    terminal: Terminal, index: Index
) -> None:
    (terminal.folder / "src" / "train.py").write_text(f"def late():\n    with open('a'):\n{IMPORTS_OLD_JOBLIB}")
    (terminal.folder / "src" / "score.py").write_text("def init():\n    pass\n\n\ndef run(data):\n    return data\n")
    text = (
        "from azureml.core.model import InferenceConfig\n"
        "def lines():\n"
        "    environment = Environment('open')\n"
        "    for each in ('scikit-learn', 'joblib'):\n"
        "        environment.python.conda_dependencies.add_pip_package(each)\n"
        "    config = InferenceConfig('score.py', source_directory='src', environment=environment)\n"
        "    packages = config.build_create_payload(ws, 'a', [])['environment']['python']['condaDependencies']\n"
        "    return environment, packages['dependencies'][-1]['pip']\n"
        "environment, before = lines()\n"
        "config = ScriptRunConfig('src', 'train.py', environment=environment)\n"
    )
    process = run(terminal, f"{HEAD}{text}{SUBMIT}print(json.dumps([before, lines()[1]]))\n")
    assert process.returncode == 0, process.stdout + process.stderr
    before, after = json.loads(process.stdout.splitlines()[-1])
    assert after == [line.replace("scikit-learn", "scikit-learn==0.22") for line in before]
    assert "open: the service gets scikit-learn 0.22, as the script did that was submitted" in process.stderr
