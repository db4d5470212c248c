"""What a script needs of the packages that Azure adds to its environment is installed, and nothing else of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.check import check
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.environments.facts import environment_facts
from scoredock.environments.spec import CondaPackages, EnvironmentSpec, from_conda, from_requirements
from scoredock.services.planning.brought_packages import with_brought

from deploy.conftest import Place, Told

RAW_REQUEST = "from azureml.contrib.services.aml_request import AMLRequest, rawhttp\n"
RAW_RESPONSE = "from azureml.contrib.services.aml_response import AMLResponse\n"
OF_THE_SERVER = "from azureml_inference_server_http.api.aml_response import AMLResponse\n"
EMPTY = "\n\ndef init():\n    print(pd)\n\n\ndef run(data):\n    return 1\n"
SHORT = "from azureml.contrib.services import rawhttp\n"


def added(tmp_path: Path, text: str, spec: EnvironmentSpec) -> tuple[str, ...]:
    script = tmp_path / "score.py"
    script.write_text(text)
    given = with_brought(spec, script, "", Path.read_text)
    assert given.requirements[: len(spec.requirements)] == spec.requirements
    return given.requirements[len(spec.requirements) :]


def spec(*requirements: str, defaults: bool = False, **changes: object) -> EnvironmentSpec:
    provided = ("azureml-defaults",) if defaults else ()
    return EnvironmentSpec(None, requirements, "default", "here", provided=provided, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [RAW_REQUEST, RAW_RESPONSE, OF_THE_SERVER, SHORT])
@pytest.mark.parametrize("defaults", [False, True], ids=["without azureml-defaults", "with azureml-defaults"])
def test_raw_http_brings_flask(text: str, defaults: bool, tmp_path: Path) -> None:
    assert added(tmp_path, text, spec("scikit-learn==1.5.2", defaults=defaults)) == ("flask",)


@pytest.mark.parametrize(
    "held",
    [
        spec("Flask==2.2.5"),
        spec("flask-cors"),
        spec(conda=CondaPackages(("python=3.10", "flask=2.2"), ("conda-forge",))),
        spec(user_managed=True),
    ],
    ids=["pinned", "of another package", "by conda", "brought by an interpreter"],
)
def test_flask_that_is_listed_or_ones_own_stays_as_it_is(held: EnvironmentSpec, tmp_path: Path) -> None:
    assert added(tmp_path, RAW_REQUEST + "import flask\n", held) == ()


def test_what_is_taken_where_pins_do_not_install_gets_it_too(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text(RAW_RESPONSE)
    asked = spec("scikit-learn==0.1", fallback=("scikit-learn",))
    assert with_brought(asked, script, "", Path.read_text).fallback == ("scikit-learn", "flask")


def test_services_of_the_workbench_have_what_their_image_had(tmp_path: Path) -> None:
    line = "import pandas\nimport joblib\nimport scipy\n"
    assert added(tmp_path, line, spec("requests")) == ()
    assert added(tmp_path, f"import azureml.api.schema.dataTypes\n{line}", spec("pandas==1.5.3")) == ("joblib",)
    (tmp_path / "aml_config").mkdir()
    (tmp_path / "aml_config" / "local.compute").touch()
    assert added(tmp_path, line, spec("requests")) == ("pandas", "joblib")


@pytest.mark.parametrize("line", ["import pkg_resources\n", "from setuptools import find_packages\n"])
def test_setuptools_is_there_as_in_every_environment_of_condas(line: str, tmp_path: Path) -> None:
    assert added(tmp_path, line, spec("numpy")) == ("setuptools<81",)
    assert added(tmp_path, line, spec("setuptools==75.0")) == ()
    assert added(tmp_path, line, spec("spacy")) == (), "it brings it"


@pytest.mark.parametrize(
    "line",
    [
        "subprocess.check_call([sys.executable, '-m', 'pip', 'install', name])",
        "subprocess.run(('pip3', '--quiet', 'install', 'six'))",
        "os.system(f'pip install {name}')",
        "for words in [['pip', 'freeze']]: subprocess.run(words)",
    ],
)
def test_pip_is_there_where_a_script_starts_it(line: str, tmp_path: Path) -> None:
    """Without one the name leads to a pip of the machine, which installs there."""
    text = f"import os, subprocess, sys\ndef init():\n    {line}\n"
    assert added(tmp_path, text, spec("numpy")) == ("pip",)
    assert added(tmp_path, text, spec("pip==24.0")) == ()
    assert added(tmp_path, text, spec(user_managed=True)) == ()


def test_who_only_speaks_of_pip_gets_none(tmp_path: Path) -> None:
    told = "def init():\n    print('pip install numpy')\n"
    assert added(tmp_path, told, spec()) == ()
    assert added(tmp_path, "import subprocess\ndef init():\n    subprocess.run(['zip', 'x'])\n", spec()) == ()
    assert added(tmp_path, "import pip\n", spec()) == ("pip",)


def test_a_plain_script_gets_nothing(tmp_path: Path) -> None:
    assert added(tmp_path, "import json\ndef init(): pass\ndef run(data): return data\n", spec(defaults=True)) == ()


def test_what_is_imported_of_azureml_defaults_is_brought(tmp_path: Path) -> None:
    assert added(tmp_path, "import requests\n", spec(defaults=True)) == ("requests",)
    assert added(tmp_path, "import requests\n", spec()) == ()


def test_what_a_package_imports_without_requiring_it_is_brought(tmp_path: Path) -> None:
    """spaCy imports click, which came with typer until 2026, and comes with Flask in Azure."""
    assert added(tmp_path, EMPTY, spec("spacy==3.8.2", defaults=True)) == ("click",)
    assert added(tmp_path, EMPTY, spec("spacy", "click==8.1.8", defaults=True)) == ()
    assert added(tmp_path, EMPTY, spec("spacy")) == (), "nothing brings it in Azure"
    (note,) = with_brought(spec("spacy", defaults=True), tmp_path / "score.py", "", Path.read_text).notes
    assert "spacy imports it without requiring it" in note


@pytest.mark.parametrize(
    ("pin", "brought"),
    [
        *((pin, True) for pin in ("==1.27.*", "~=1.20.0", "<1.30", "==1.0.45")),
        *((pin, False) for pin in ("==1.33.0", "==1.44.0.post1", "", ">=1.0.45", "~=1.27")),
    ],
)
def test_azureml_defaults_before_1_33_brought_pandas(pin: str, brought: bool, tmp_path: Path) -> None:
    asked = from_requirements([f"azureml-defaults{pin}"], "requirements.txt", "own")
    assert added(tmp_path, "import pandas as pd\n", asked) == (("pandas",) if brought else ())


@pytest.mark.parametrize(
    ("python", "line", "brought"),
    [
        ("=3.6.2", "azureml-defaults", True),
        ("=3.6", "azureml-defaults>=1.0.45", True),
        ("=3.6.2", "azureml-defaults==1.44.0", False),
        ("=3.7", "azureml-defaults", False),
        ("=3.6.2", "azureml-core", False),
    ],
)
def test_any_azureml_defaults_for_python_3_6_is_of_its_time(
    python: str, line: str, brought: bool, tmp_path: Path
) -> None:
    asked = from_conda(CondaSpec(conda=("scikit-learn",), pip=(line,), python=python), "conda.yml")
    assert added(tmp_path, "import pandas as pd\n", asked) == (("pandas",) if brought else ())
    script = tmp_path / "score.py"
    notes = with_brought(asked, script, "", Path.read_text).notes
    assert any("azureml-defaults before 1.33 brought it" in each for each in notes) is brought
    found = check(script.read_text() + EMPTY, Facts(path=str(script), environment=environment_facts(asked)))
    assert ("SD150" in {each.code for each in found}) is not brought


BINARY = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    image = request.files["image"]
    response = AMLResponse(bytes(reversed(image.read())), 200)
    response.mimetype = "image/jpeg"
    response.headers.set("Content-Disposition", "attachment", filename=image.filename)
    response.set_etag("e1")
    response.cache_control.max_age = 60
    return response
"""


def test_a_script_for_binary_data_answers_as_with_flask(place: Place) -> None:
    conda = place.write("conda.yml", "dependencies:\n  - python=3.11\n  - pip:\n    - azureml-defaults\n")
    place.deploy(BINARY, environment_file=str(conda))
    body = (
        b'--B\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        b"\xff\xd8\x00\r\n--B--\r\n"
    )
    answer = place.deployments.client.call("svc-one", body, content_type="multipart/form-data; boundary=B")
    assert (answer.status, answer.body) == (200, b"\x00\xd8\xff")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert headers["content-type"] == "image/jpeg"
    assert headers["content-disposition"] == "attachment; filename=a.jpg"
    assert (headers["etag"], headers["cache-control"]) == ('"e1"', "max-age=60")


PROGRAMS = """
import subprocess, sys

def init():
    global told
    program = "import os, sys, six; print(sys.prefix, os.getcwd(), sep='|')"
    told = subprocess.run(["python", "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run(["greet"], check=True)

def run(data):
    return [sys.prefix, told]
"""
SETUP = """
from setuptools import setup

setup(name="greeting", py_modules=["greeting"], entry_points={"console_scripts": ["greet=greeting:main"]})
"""


def test_programs_that_a_script_starts_by_name_are_those_of_its_environment(place: Place) -> None:
    """As in Azure, where the environment comes first on PATH; they begin where the script does."""
    place.write("greeting/setup.py", SETUP)
    place.write("greeting/greeting.py", "def main():\n    pass\n")
    needed = place.write("requirements.txt", "six\n./greeting\n")
    place.deploy(PROGRAMS, environment_file=str(needed))
    prefix, told = json.loads(place.answer())
    program_prefix, folder = told.split("|")
    assert program_prefix == prefix
    assert folder.endswith("azureml-app")


MONITORED = """
import json
import pandas as pd
from azureml.ai.monitoring import Collector

def init():
    global collector
    collector = Collector(name="model_inputs")

def run(data):
    collector.collect(pd.DataFrame({"area": json.loads(data)}))
    return json.loads(data)
"""


def test_a_collector_takes_rows_unless_a_file_of_v2_does_not_say_so(place: Place, told: Told) -> None:
    """A script that is deployed by itself has nothing that could turn a collection on."""
    needed = str(place.write("requirements.txt", "azureml-ai-monitoring\npandas\n"))
    place.deploy(MONITORED, told, environment_file=needed)
    assert place.answer() == "[1]"
    assert any("Azure the deployment file needs `data_collector`" in each for each in told.messages)
    error = place.refused(MONITORED, environment_file=needed, name="svc-two", deployment_source="blue.yml")
    assert "custom logging is not enabled" in error.message
    assert error.fix.startswith("Turn collections on in `data_collector` of the deployment file")
