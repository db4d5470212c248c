"""Scripts against the environment they run in: what is certain, what is likely, and what is never blamed."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from pathlib import Path

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import World
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check
from scoredock.checks.packages.import_names import OFFERED
from scoredock.text import Fix

from scoredock_runtime.shims import MODULES

_SPEC = importlib.util.spec_from_file_location("environment_scripts", Path(__file__).parent / "environment_scripts.py")
assert _SPEC is not None
assert _SPEC.loader is not None
correct = importlib.util.module_from_spec(_SPEC)
sys.modules["environment_scripts"] = correct
_SPEC.loader.exec_module(correct)

EMPTY = "def init():\n    pass\n\n\n"
RUN = "def run(data):\n    return {'rows': data}\n"


def apply(text: str, fix: Fix) -> str:
    lines = Lines(text)
    for edit in sorted(fix.edits, key=lambda e: e.range.start, reverse=True):
        text = text[: lines.offset(edit.range.start)] + edit.new_text + text[lines.offset(edit.range.end) :]
    return text


def found(
    body: str, environment: EnvironmentFacts | None = None, *, ours: bool = True, **world: object
) -> list[Finding]:
    facts = World(environment=environment, **world).facts()  # type: ignore[arg-type]
    findings = check(body, facts, "entry-script")
    return [f for f in findings if "SD150" <= f.code <= "SD179"] if ours else findings


def environment(python: str | None = "3.11", **packages: str) -> EnvironmentFacts:
    listed = {name.replace("_", "-"): version for name, version in packages.items()}
    return EnvironmentFacts("", "e", python, {"azureml-defaults": "", **listed})


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(f.code, f.severity) for f in findings]


@pytest.mark.parametrize("name", correct.SCRIPTS)
def test_correct_scripts_are_not_blamed(name: str) -> None:
    text, around = correct.SCRIPTS[name]
    assert check(text, Facts(path="/project/score.py", environment=around), "entry-script") == []


def test_the_runtime_offers_what_the_checks_say() -> None:
    assert set(MODULES) == OFFERED


# ------------------------------------------------------------------------------------------ imports


@pytest.mark.parametrize(
    ("line", "around", "expected"),
    [
        ("import sklearn", environment(), [("SD151", "error")]),
        ("import sklearn", environment(numpy=""), [("SD151", "error")]),
        ("import sklearn", environment(lightgbm=""), []),
        ("import sklearn", environment(contoso_ml=""), [("SD150", "warning")]),
        ("import contoso", environment(), [("SD150", "warning")]),
        ("import contoso", environment(contoso_ml=""), []),
        ("import flask", environment(), [("SD151", "error")]),
        ("from google.cloud import vision", environment(), []),
        ("from google.cloud import storage", environment(), [("SD151", "error")]),
        ("from azure.storage.blob import BlobClient", environment(azure_identity=""), [("SD151", "error")]),
        ("import azure.unheard.of", environment(), []),
        ("import pytorch", environment(torch=""), [("SD153", "error")]),
        ("import uvicorn", environment(), [("SD151", "error")]),
        ("import h11", environment(), []),
        ("import pkg_resources", environment(), []),
        ("from azureml.core import Workspace", environment(), [("SD152", "hint")]),
        ("from azureml.core import Workspace", None, [("SD152", "hint")]),
        ("from azureml.core.workspace import Workspace", environment(), [("SD152", "hint")]),
        ("from azureml.core.run import Run", environment(), []),
        ("from azureml.core.model import InferenceConfig", environment(), [("SD152", "hint")]),
        ("from azureml.core import VERSION, Model", environment(), []),
        ("import azureml.train.automl", environment(), [("SD152", "hint")]),
        ("import azureml.train.automl", None, []),
        ("import azureml.train.automl", environment(azureml_train_automl=""), []),
        ("import azureml.core", environment(), []),
        ("from azureml.automl.core.shared import log_server, other", environment(), [("SD152", "hint")]),
        ("from azureml.automl.core.shared import log_server, logging_utilities", environment(), []),
        ("import azureml.automl.core\nfrom azureml.telemetry import INSTRUMENTATION_KEY", environment(), []),
        (
            "from azureml.automl.runtime.shared import other, lazy\n\nlazy.start()\nprint(other)",
            environment(),
            [("SD152", "error")],
        ),
    ],
)
def test_imports(line: str, around: EnvironmentFacts | None, expected: list[tuple[str, str]]) -> None:
    assert codes(found(f"{line}\n\n\n{EMPTY}{RUN}", around)) == expected


@pytest.mark.parametrize(
    ("head", "called", "expected"),
    [
        ("Workspace", "Workspace.from_config()", "error"),
        ("Workspace", "Workspace()", "error"),
        ("Workspace as W", "W.from_config()", "error"),
        ("Workspace", "isinstance(data, Workspace)", "warning"),
        ("Workspace", "Workspace.from_config() if data else None", "warning"),
        ("Workspace\n\n\nclass Own(Workspace):\n    pass\n", "Own", "error"),
        ("experiment as e\n\n\n@e.method\ndef own():\n    pass\n", "own()", "error"),
        ("Workspace\n\n\ndef own(run: Workspace):\n    return run\n", "own(data)", "hint"),
        ("Workspace\n\n\ndef own():\n    return Workspace.from_config()\n", "own", "warning"),
        ("Workspace\n\nhere = Workspace.from_config()\n", "here", "error"),
        (
            "Workspace\n\ntry:\n    here = Workspace.from_config()\nexcept Exception:\n    here = None\n",
            "here",
            "warning",
        ),
    ],
)
def test_a_name_of_the_sdk_is_an_error_where_its_use_surely_fails(head: str, called: str, expected: str) -> None:
    text = f"from azureml.core import {head}\n\n{EMPTY}def run(data):\n    return {called}\n"
    assert ("SD152", expected) in codes(found(text, environment()))
    of_module = "import azureml.train.automl as automl\n\n\n"
    for use, severity in (("automl.AutoMLConfig()", "error"), ("automl.AutoMLConfig", "warning")):
        text = f"{of_module}{EMPTY}def run(data):\n    return {use}\n"
        assert ("SD152", severity) in codes(found(text, environment())), use


def test_what_a_package_brings_is_no_matter_of_the_script_that_deploys() -> None:
    text = f"from azureml.automl.runtime.shared import lazy\n\nlazy.start()\n\n\n{EMPTY}{RUN}"
    (finding,) = found(text, environment())
    assert "line 3 fails, which uses it; add azureml-automl-core and azureml-sdk to the environment." in finding.message


def test_the_package_that_collects_data_is_one_of_its_own() -> None:
    """azureml-ai-monitoring comes from the package index, and needs nothing of the SDK."""
    line = "from azureml.ai.monitoring import Collector\n\ncollector = Collector(name='inputs')\n\n\n"
    (finding,) = found(f"{line}{EMPTY}{RUN}", environment())
    assert (finding.code, finding.severity) == ("SD150", "error")
    assert "azureml-ai-monitoring" in finding.message
    assert found(f"{line}{EMPTY}{RUN}", environment(azureml_ai_monitoring="==1.0.0")) == []


def test_the_collector_of_v1_works_here_without_its_package_and_not_in_azure() -> None:
    line = "from azureml.monitoring import ModelDataCollector\n\ncollector = ModelDataCollector('m')\n"
    text = f"{line}\n\n{EMPTY}{RUN}"

    def of_a_file(**packages: str) -> EnvironmentFacts:
        file = "dependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n"
        return dataclasses.replace(environment(**packages), path="/project/conda.yml", text=file)

    for around in (of_a_file(), of_a_file(azureml_sdk="==1.40.0")):
        (finding,) = found(text, around)
        assert (finding.code, finding.severity) == ("SD150", "information")
        assert "“azureml.monitoring” comes from “azureml-monitoring”" in finding.message
        assert [fix.title for fix in finding.fixes] == ["Add azureml-monitoring to conda.yml"]
    assert found(text, of_a_file(azureml_monitoring="")) == []
    assert found(text, of_a_file(azureml_train_automl_runtime="")) == [], "which may bring it"
    assert found(text, dataclasses.replace(of_a_file(), assumed=True)) == []
    assert found(text, environment()) == [], "a registered one may be of Azure"


def test_where_an_import_runs_decides() -> None:
    around = environment()
    assert codes(found(f"{EMPTY}def run(data):\n    import torch\n    return str(torch)\n", around)) == [
        ("SD150", "error")
    ]
    helper = f"{EMPTY}def helper():\n    import torch\n    return torch\n\n\n{RUN}"
    assert codes(found(helper, around)) == [("SD150", "warning")]
    for guard in ("try:\n    import torch\nexcept ImportError:\n    torch = None\n", "if False:\n    import torch\n"):
        assert found(f"{guard}\n\n{EMPTY}{RUN}", around) == []


def test_what_is_installed_decides_exactly() -> None:
    built = dataclasses.replace(
        environment(contoso=""), installed={"numpy": "2.1.0"}, modules=frozenset({"numpy", "azure"})
    )
    assert codes(found(f"import contoso\n\n\n{EMPTY}{RUN}", built)) == [("SD151", "error")]
    assert codes(found(f"import azure.identity\n\n\n{EMPTY}{RUN}", built)) == [("SD151", "error")]
    assert found(f"import numpy\n\n\n{EMPTY}{RUN}", built) == []
    float_use = f"import numpy as np\n\n\n{EMPTY}def run(data):\n    return np.float(data)\n"
    assert codes(found(float_use, built)) == [("SD156", "error")]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("requirements.txt", "numpy\nazureml-defaults", "numpy\nazureml-defaults\npandas\n"),
        ("requirements.txt", "numpy\r\n", "numpy\r\npandas\r\n"),
        (
            "conda.yml",
            "dependencies:\n  - python=3.11\n  - pip:\n    - azureml-defaults # needed\n",
            "dependencies:\n  - python=3.11\n  - pip:\n    - azureml-defaults\n    - pandas # needed\n",
        ),
        (
            "conda.yml",
            "dependencies:\n  - python=3.11\n  - numpy\n",
            "dependencies:\n  - python=3.11\n  - numpy\n  - pip:\n      - pandas\n",
        ),
        (
            "inferenceconfig.json",
            '{"environment": {"python": {"condaDependencies": {"dependencies": [{"pip": ["azureml-defaults"]}]}}}}',
            (
                '{"environment": {"python": {"condaDependencies": {"dependencies": [{"pip": ["azureml-defaults",'
                ' "pandas"]}]}}}}'
            ),
        ),
    ],
)
def test_the_package_is_added_to_the_file_of_the_environment(path: str, text: str, expected: str) -> None:
    around = dataclasses.replace(environment(), path=f"/project/{path}", text=text)
    (finding,) = found(
        f"import pandas as pd\n\n\n{EMPTY}def run(data):\n    return pd.DataFrame(data).to_dict()\n", around
    )
    (fix,) = finding.fixes
    assert fix.path == f"/project/{path}"
    assert apply(text, fix) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import matplotlib\nimport json\n", "import json\n"),
        ("import json, matplotlib\n", "import json\n"),
        ("import matplotlib  # plots\n", ""),
        ("def init():\n    import matplotlib\n", "def init():\n    pass\n"),
        ("from matplotlib import (\n    cm,\n)\nimport json\n", "import json\n"),
    ],
)
def test_an_unused_import_is_taken_out(before: str, after: str) -> None:
    rest = "" if before.startswith("def") else "\n\ndef init():\n    pass\n"
    text = f"{before}{rest}\n\n{RUN}"
    (finding,) = [f for f in found(text, environment()) if f.code == "SD151"]
    assert apply(text, finding.fixes[0]) == f"{after}{rest}\n\n{RUN}"


# ------------------------------------------------------------------------------------------ own modules


def test_modules_of_the_project() -> None:
    text = f"from cleaning import clean\n\n\n{EMPTY}def run(data):\n    return clean(data)\n"
    files = ("src/scoring/cleaning.py",)
    assert codes(found(text, path="src/scoring/score.py", files=files, source_directory="src")) == [("SD160", "error")]
    assert found(text, path="src/scoring/score.py", files=files, source_directory="src/scoring") == []
    assert codes(found(text, path="score.py", files=("cleaning.py",), script_only=True)) == [("SD160", "error")]
    assert found(text, path="score.py", files=("cleaning.py",)) == []
    assert found(text, path="src/score.py", files=("src/cleaning/__init__.py",), source_directory="src") == []
    inner = f"from src.cleaning import clean\n\n\n{EMPTY}def run(data):\n    return clean(data)\n"
    assert found(inner, environment(), path="src/score.py", files=("src/cleaning.py",), source_directory="src") == []


def test_relative_imports() -> None:
    text = f"from . import cleaning\n\n\n{EMPTY}def run(data):\n    return cleaning.clean(data)\n"
    (finding,) = found(text, path="score.py", files=("cleaning.py",))
    assert (finding.code, finding.severity) == ("SD161", "error")
    assert apply(text, finding.fixes[0]).startswith("import cleaning\n")


# ------------------------------------------------------------------------------------------ releases and Python


@pytest.mark.parametrize(
    ("wanted", "severity"),
    [
        ("==1.23.5", None),
        ("==1.24.3", "error"),
        (">=1.24", "error"),
        ("", "warning"),
        (">=1.20", "warning"),
        ("=1.26", "error"),
        ("==1.19.*", None),
        ("<1.24", None),
    ],
)
def test_releases_decide(wanted: str, severity: str | None) -> None:
    text = f"import numpy as np\n\n\n{EMPTY}def run(data):\n    return np.float(data)\n"
    assert codes(found(text, environment(numpy=wanted))) == ([("SD156", severity)] if severity else [])


def test_without_an_environment_a_removed_name_is_a_hint() -> None:
    assert codes(found(f"import numpy as np\n\n\n{EMPTY}def run(data):\n    return np.float(data)\n")) == [
        ("SD156", "hint")
    ]


@pytest.mark.parametrize(
    ("before", "after", "around"),
    [
        ("np.NaN", "np.nan", environment(numpy=">=2")),
        ("np.product([1])", "np.prod([1])", environment(numpy=">=2")),
        ("np.in1d([1], [1])", "np.isin([1], [1])", environment(numpy=">=2.4")),
        ("np.object", "object", environment(numpy=">=1.24")),
    ],
)
def test_names_are_exchanged(before: str, after: str, around: EnvironmentFacts) -> None:
    text = f"import numpy as np\n\n\n{EMPTY}def run(data):\n    return [{before}, data]\n"
    (finding,) = found(text, around)
    assert apply(text, finding.fixes[0]) == text.replace(before, after)


@pytest.mark.parametrize(
    ("line", "python", "expected"),
    [
        ("import imp", "3.12", [("SD154", "error")]),
        ("import imp", "3.11", []),
        ("import imp", None, []),
        ("from collections import Mapping", "3.10", [("SD154", "error")]),
        ("from collections import Mapping", "3.9", []),
        ("from collections import Mapping", None, [("SD154", "warning")]),
        ("import tomllib", "3.10", [("SD154", "error")]),
        ("import tomllib", "3.11", []),
        ("import dataclasses", "3.6", [("SD154", "error")]),
        ("from typing import Literal", "3.7", [("SD155", "error")]),
        ("from functools import cache", "3.8", [("SD155", "error")]),
        ("def f(a, /): pass", "3.7", [("SD155", "error")]),
        ("def f(a: int | None): pass", "3.9", [("SD155", "error")]),
        ("def f(a: 'int | None'): pass", "3.9", []),
        ("x = list[int]", "3.8", [("SD155", "error")]),
        ("list = {}\nx = list[int]", "3.8", []),
        ("try:\n    x = 1\nexcept* ValueError:\n    x = 2", "3.10", [("SD155", "error")]),
    ],
)
def test_the_python_of_the_environment(line: str, python: str | None, expected: list[tuple[str, str]]) -> None:
    if "except*" in line and sys.version_info < (3, 11):
        pytest.skip("this Python cannot read it")
    assert codes(found(f"{line}\n\n\n{EMPTY}{RUN}", environment(python=python))) == expected


@pytest.mark.parametrize(
    ("wanted", "python", "severity"),
    [
        ("==3.1.0", None, "error"),
        ("==2.2.3", None, None),
        ("<3", None, None),
        ("", None, "warning"),
        ("", "3.10", None),
        ("", "3.11", "warning"),
    ],
)
def test_json_text_as_a_path(wanted: str, python: str | None, severity: str | None) -> None:
    text = f"import pandas as pd\n\n\n{EMPTY}def run(data):\n    return pd.read_json(data).to_dict()\n"
    findings = found(text, environment(python=python, pandas=wanted))
    assert codes(findings) == ([("SD158", severity)] if severity else [])
    for finding in findings:
        assert "pd.read_json(io.StringIO(data))" in apply(text, finding.fixes[0])


@pytest.mark.parametrize(
    ("more", "is_told"),
    [
        ({"onnxruntime_extensions": "==0.9.0", "optimum": "==1.14.0"}, True),
        ({"onnxruntime_genai": "==0.4.0"}, False),
        ({"onnxruntime_genai_cuda": "==0.4.0"}, False),
    ],
)
def test_what_runs_language_models_is_a_package_beside_onnxruntime(more: dict[str, str], is_told: bool) -> None:
    text = f"import onnxruntime_genai as og\n\n\ndef init():\n    global net\n    net = og.Model('m')\n\n\n{RUN}"
    findings = found(text, environment(onnxruntime_gpu="==1.16.3", torch="==2.1.2", **more))
    assert codes(findings) == ([("SD150", "error")] if is_told else [])


@pytest.mark.parametrize(
    ("wanted", "is_told"),
    [("==1.9.0", True), ("==1.16.0", True), ("<1.16.1", True), ("==1.16.1", False), ("==1.16.3", False), ("", False)],
)
def test_providers_are_needed_by_the_releases_that_raise_without_them(wanted: str, is_told: bool) -> None:
    loads = "def init():\n    global net\n    net = onnxruntime.InferenceSession('m.onnx')\n\n\n"
    findings = found(f"import onnxruntime\n\n\n{loads}{RUN}", environment(onnxruntime_gpu=wanted))
    assert ("SD158" in {each.code for each in findings}) is is_told


# ------------------------------------------------------------------------------------------ secrets, network, service

KEY = "Zm9vYmFyYmF6cXV4" * 5


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f'C = "AccountName=a;AccountKey={KEY}=="', ["SD166"]),
        ('C = "AccountName=a;AccountKey=<your key>"', []),
        ('C = "Server=tcp:a;Uid=b;Pwd=Tr0ub4dor;"', ["SD166"]),
        ('C = "Server=tcp:a;Uid=b;Pwd={password};"', []),
        ('URL = "https://a.blob.core.windows.net/b?sv=1&sig=' + "aZ9" * 15 + '"', ["SD166"]),
        ('H = {"Authorization": "Bearer %s"}', []),
        ('K = "AKIA' + "ABCDEFGHIJ234567" + '"', ["SD166"]),
        ("# AccountKey=" + KEY, []),
        ('print(os.environ["DB_PASSWORD"])', ["SD165"]),
        ("print(f\"using {os.getenv('API_KEY')}\")", ["SD165"]),
        ('api_key = 1\nlogging.info("key %s", api_key)', ["SD165"]),
        ('print("API_KEY" in os.environ)', []),
        ('print(os.environ["MODEL_NAME"])', []),
        ('print(len(os.environ["API_KEY"]))', []),
        ("token_count = 3\nprint(token_count)", []),
    ],
)
def test_secrets(line: str, expected: list[str]) -> None:
    text = f"import logging\nimport os\n\n{line}\n\n\n{EMPTY}{RUN}"
    assert [f.code for f in found(text)] == expected


@pytest.mark.parametrize(
    ("imports", "line", "expected"),
    [
        ("import requests", "requests.get('https://a.example')", [("SD167", "information")]),
        ("import nltk", "nltk.download('punkt')", [("SD167", "warning")]),
        ("import nltk", "nltk.download('punkt')\nnltk.download('stopwords')", [("SD167", "warning")]),
        (
            "from transformers import AutoModel",
            "AutoModel.from_pretrained('bert-base-uncased')",
            [("SD167", "warning")],
        ),
        ("from transformers import AutoModel", "AutoModel.from_pretrained('./bert')", []),
        ("from transformers import AutoModel", "AutoModel.from_pretrained('our-bert')", []),
        ("from transformers import AutoModel", "AutoModel.from_pretrained('outputs/bert')", []),
        ("from transformers import pipeline", "pipeline('ner', model='dslim/bert-base-NER')", [("SD167", "warning")]),
        ("import os", "os.system('pip install -q xgboost')", [("SD169", "warning")]),
        ("import os", "os.system('ls')", []),
        (
            "import sys, subprocess",
            "subprocess.check_call([sys.executable, '-m', 'pip', 'install', 'x'])",
            [("SD169", "warning")],
        ),
        ("import cv2", "cv2.imshow('a', 1)", [("SD170", "error")]),
        ("import matplotlib.pyplot as plt", "plt.show()", [("SD170", "information")]),
        ("import os", "input()", [("SD171", "error")]),
        ("import os", "open('a.log', 'w').close()", [("SD172", "information")]),
        (
            "import os",
            "open(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'a'), 'w').close()",
            [("SD172", "information")],
        ),
        ("import os", "open('/tmp/a.log', 'w').close()", []),
    ],
)
def test_the_start_of_a_service(imports: str, line: str, expected: list[tuple[str, str]]) -> None:
    assert codes(found(f"{imports}\n\n\ndef init():\n    {line}\n\n\n{RUN}")) == expected


@pytest.mark.parametrize(
    ("packages", "tried", "is_told"),
    [
        (None, "import xgboost", False),
        ({"xgboost": ""}, "import xgboost", False),
        ({"xgboost": ""}, "from xgboost import Booster", False),
        ({"numpy": ""}, "import xgboost", True),
        ({"xgboost": ""}, "os.system('pip install xgboost')", True),
        ({"xgboost": ""}, "import xgboost\n    xgboost.f()", True),
    ],
)
def test_an_installation_where_an_import_fails(packages: dict[str, str] | None, tried: str, is_told: bool) -> None:
    """With the package in the environment it never runs."""
    text = (
        f"import os\n\ntry:\n    {tried}\nexcept ImportError:\n    os.system('pip install xgboost')\n\n\n{EMPTY}{RUN}"
    )
    environment = EnvironmentFacts(packages=packages) if packages is not None else None
    assert ("SD169" in {f.code for f in found(text, environment)}) is is_told


@pytest.mark.parametrize(
    ("start", "is_told"),
    [
        ("    Model()\n", True),
        ("    fetch()\n", True),
        ("    if os.environ.get('X'):\n        Model()\n", False),
        ("    print(Model, fetch)\n", False),
    ],
)
def test_a_download_is_told_in_what_init_calls(start: str, is_told: bool) -> None:
    text = (
        "import os\n\nimport nltk\n\n\nclass Model:\n    def __init__(self):\n        nltk.download('punkt')\n\n"
        "    def later(self):\n        nltk.download('stopwords')\n\n\n"
        f"def fetch():\n    nltk.download('wordnet')\n\n\ndef init():\n{start}\n\n{RUN}"
    )
    assert codes(found(text)) == ([("SD167", "warning")] if is_told else [])


def test_nothing_is_said_of_the_main_guard() -> None:
    text = (
        f"import requests\n\n\n{EMPTY}{RUN}\n\nif __name__ == '__main__':\n    input()\n    requests.get('x')\n   "
        " print(requests.api_key)\n"
    )
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ["import", "from . import", "import a.b.c as", "from x import (", "import sklearn as\n"]
)
def test_half_typed_imports_do_no_harm(text: str) -> None:
    check(f"{text}\n{EMPTY}{RUN}", World(environment=environment()).facts(), "entry-script")


def test_a_file_that_is_only_assumed_is_never_the_reason_for_an_error() -> None:
    text = (
        f"import numpy as np\nimport torch\nimport contoso\n\n\n{EMPTY}def run(data):\n    return [np.float(data),"
        " torch, contoso]\n"
    )
    around = dataclasses.replace(environment(numpy=">=1.24"), assumed=True)
    assert codes(found(text, around)) == [("SD150", "warning"), ("SD156", "warning")]


def test_other_packages_of_azure_may_bring_anything() -> None:
    text = (
        f"import sklearn\nimport azureml.ai.monitoring\n\n\n{EMPTY}def run(data):\n    return [sklearn, azureml,"
        " data]\n"
    )
    assert found(text, environment(azureml_ai_monitoring="", azureml_train_automl_runtime="")) == []


def test_a_folder_beside_a_script_that_goes_alone() -> None:
    text = f"import helpers.clean\n\n\n{EMPTY}def run(data):\n    return helpers.clean.clean(data)\n"
    files = ("helpers/clean.py",)
    assert codes(found(text, environment(), files=files, script_only=True)) == [("SD160", "error")]
    assert found(text, environment(), files=files) == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("frame = pd.DataFrame()\n    frame = frame.append({'a': 1})", [("SD175", "error")]),
        ("frame = pd.DataFrame()\n    frame = frame.values.tolist()\n    frame.append(1)", []),
        ("frame = data\n    frame.append(1)", []),
        ("frame = data\n    frame.iteritems()", [("SD175", "warning")]),
        ("frame = {}\n    frame.iteritems()", []),
        ("frame = pd.read_csv(data)\n    frame.ix[0]", [("SD175", "error")]),
        ("frame = pd.read_csv(data)\n    frame.as_matrix()", [("SD175", "error")]),
    ],
)
def test_methods_of_data_frames(lines: str, expected: list[tuple[str, str]]) -> None:
    text = f"import pandas as pd\n\n\n{EMPTY}def run(data):\n    {lines}\n    return [str(frame), str(pd)]\n"
    assert codes(found(text, environment(pandas=">=2.0"))) == expected


def test_a_backend_with_windows() -> None:
    text = (
        f"import matplotlib\n\nmatplotlib.use('TkAgg')\nimport matplotlib.pyplot as plt\n\n\n{EMPTY}def run(data):\n   "
        " plt.plot(data)\n    return {}\n"
    )
    (finding,) = found(text, environment(matplotlib=""))
    assert (finding.code, finding.severity) == ("SD170", "error")
    assert found(apply(text, finding.fixes[0]), environment(matplotlib="")) == []


def test_a_script_that_adds_folders_may_find_anything_there() -> None:
    head = "import os\nimport sys\n\nsys.path.append(os.path.join(os.path.dirname(__file__), 'lib'))\n"
    text = (
        f"{head}from cleaning import clean\nimport own\n\n\n{EMPTY}def run(data):\n    return clean(own.read(data))\n"
    )
    assert found(text, environment(), files=("cleaning.py",), script_only=True) == []
    known = text.replace("import own\n", "import sklearn\n").replace("own.read", "sklearn.read")
    assert codes(found(known, environment(), files=("cleaning.py",), script_only=True)) == [("SD150", "error")]


@pytest.mark.parametrize(
    ("text", "around", "expected"),
    [
        ("from sklearn.grid_search import GridSearchCV", environment(scikit_learn="==0.19.2", python="3.6"), []),
        ("import sklearn.grid_search", environment(scikit_learn=">=1.0"), [("SD157", "error")]),
        ("from sklearn.ensemble.forest import X", environment(scikit_learn="==0.23.2"), []),
        ("from tensorflow.contrib import rnn", environment(tensorflow="==1.15.5", python="3.7"), []),
        ("from tensorflow.contrib import rnn", environment(tensorflow="==2.15.1"), [("SD157", "error")]),
        ("from keras.layers.core import Dense", environment(keras="==3.6.0"), [("SD157", "error")]),
        ("from keras.layers.core import Dense", environment(keras="==2.10.0"), []),
    ],
)
def test_modules_that_moved(text: str, around: EnvironmentFacts, expected: list[tuple[str, str]]) -> None:
    assert codes(found(f"{text}\n\n\n{EMPTY}{RUN}", around)) == expected


@pytest.mark.parametrize(
    ("made", "wanted", "expected"),
    [
        ("1.5.2", "==1.5.2", []),
        ("1.5.1", "==1.5.2", []),
        ("1.5.2", "==1.5.*", []),
        ("1.5.2", ">=1.0", []),
        ("1.3.2", "==1.5.2", [("SD159", "warning")]),
        ("1.6.0", "==1.5.2", [("SD159", "warning")]),
        ("0.22.1", "==1.5.2", [("SD159", "warning")]),
        ("unknown", "==1.5.2", []),
    ],
)
def test_what_a_model_was_made_with(made: str, wanted: str, expected: list[tuple[str, str]]) -> None:
    load = (
        "import os\n\nimport joblib\n\n\ndef init():\n    global m\n    m ="
        ' joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "m.pkl"))\n\n\n'
    )
    models = (ModelFacts("m", 1, ("m.pkl",), "ScikitLearn", made),)
    findings = found(f"{load}{RUN}", environment(scikit_learn=wanted), models=models, deployed=True)
    assert codes(findings) == expected


def test_waits_and_processes() -> None:
    head = "import multiprocessing\nimport time\n\nimport requests\n\n"
    body = "def run(data):\n    time.sleep(1)\n    return requests.get(data).json()\n"
    text = f"{head}pool = multiprocessing.Pool()\n\n\n{EMPTY}{body}"
    findings = found(text)
    assert sorted(codes(findings)) == [("SD168", "warning"), ("SD173", "hint"), ("SD174", "warning")]
    lasting = next(f for f in findings if f.code == "SD168")
    assert "requests.get(data, timeout=10)" in apply(text, lasting.fixes[0])


def test_names_of_files_and_libraries() -> None:
    text = f"import Cleaning\nimport json\n\n\n{EMPTY}def run(data):\n    return Cleaning.clean(json.loads(data))\n"
    files = ("src/cleaning.py", "src/json.py")
    findings = found(text, path="src/score.py", files=files, source_directory="src")
    assert codes(findings) == [("SD162", "error"), ("SD163", "warning")]
    assert "import cleaning as Cleaning" in apply(text, findings[0].fixes[0])


def test_a_package_beside_a_script_that_its_environment_installs_is_in_the_service() -> None:
    text = f"import helpers.clean\n\n\n{EMPTY}def run(data):\n    return helpers.clean.clean(data)\n"
    files = ("helpers/clean.py",)
    for folder in ("/project/helpers", "/project"):
        around = dataclasses.replace(environment(), complete=False, folders=(folder,))
        assert found(text, around, files=files, script_only=True) == []
    around = dataclasses.replace(environment(), complete=False, folders=("/project/help",))
    assert codes(found(text, around, files=files, script_only=True)) == [("SD160", "error")]
