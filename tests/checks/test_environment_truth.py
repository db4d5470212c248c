"""What checks say of a Python and of packages holds for the environment that the script gets, and for no other one."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts
from scoredock.analysis.finding import Finding
from scoredock.checks.check import check

EMPTY = "def init():\n    pass\n\n\n"


def findings_of(text: str, python: str | None = None, *, is_named: bool = True) -> list[Finding]:
    environment = EnvironmentFacts("", "e", python, {"azureml-defaults": ""}) if is_named else None
    return check(text, Facts(path="/project/score.py", environment=environment), "entry-script")


@pytest.mark.parametrize(
    ("line", "python", "severity"),
    [
        ("base64.decodestring(data)", "3.8", ""),
        ("base64.decodestring(data)", "3.9", "error"),
        ("base64.decodestring(data)", None, "warning"),
        ("time.clock()", "3.7", ""),
        ("time.clock()", "3.11", "error"),
        ("platform.linux_distribution()", "3.7", ""),
        ("platform.linux_distribution()", "3.11", "error"),
        ("base64.decodebytes(data)", "3.11", ""),
        ("time.perf_counter()", None, ""),
    ],
)
def test_a_name_that_left_python_is_missed_in_a_python_without_it(line: str, python: str | None, severity: str) -> None:
    text = f"import base64\nimport platform\nimport time\n\n\n{EMPTY}def run(data):\n    return str({line})\n"
    findings = [each for each in findings_of(text, python) if each.code in ("SD154", "SD190")]
    assert [each.severity for each in findings] == ([severity] if severity else [])
    assert all("was removed in Python 3." in each.message for each in findings)


def test_the_new_place_of_a_name_is_imported_instead() -> None:
    text = f"from base64 import decodestring\n\n\n{EMPTY}def run(data):\n    return decodestring(data)\n"
    (finding,) = [each for each in findings_of(text, "3.11") if each.code == "SD154"]
    assert finding.message == "“base64.decodestring” was removed in Python 3.9; it is “base64.decodebytes” now."


@pytest.mark.parametrize(
    ("body", "severities"),
    [
        ("from azureml.core import Dataset, Run\n", ["hint"]),
        # Bound twice, and nothing reads it.
        ("from azureml.core.dataset import Dataset\nfrom azureml.core import Dataset\n", ["hint", "hint"]),
        (
            "from azureml.core import Dataset\n\n\ndef own(rows: Dataset) -> None:\n    print(rows)\n\n\nown(None)\n",
            ["hint"],
        ),
        ("from azureml.core import Workspace\n\nhere = Workspace.from_config()\n", ["error"]),
        ("from azureml.core import Run\n\nhere = Run.get_context()\n", []),
    ],
)
def test_an_import_of_the_sdk_that_nothing_uses_is_a_hint(body: str, severities: list[str]) -> None:
    text = f"{body}\n\n{EMPTY}def run(data):\n    return 1\n"
    assert [each.severity for each in findings_of(text, "3.11") if each.code == "SD152"] == severities


@pytest.mark.parametrize(
    ("workspace", "lines"),
    [
        ("Workspace('a', 'b', 'c', auth=signed_in)", []),
        ("Workspace.get('a', auth=signed_in)", []),
        ("Workspace.from_config()", [4]),  # once, where it is opened
        ("Run.get_context().experiment.workspace", [8]),
    ],
)
def test_a_workspace_into_which_the_script_signs_in_is_no_fault(workspace: str, lines: list[int]) -> None:
    head = "from azureml.core import Model, Run, Workspace\nfrom own import signed_in\n\n"
    text = f"{head}ws = {workspace}\n\n\ndef init():\n    print(Model(ws, 'a'))\n\n\ndef run(data):\n    return 1\n"
    findings = [each for each in findings_of(text, is_named=False) if each.code == "SD509"]
    assert [each.range.start.line + 1 for each in findings] == lines


@pytest.mark.parametrize(
    ("lines", "package"),
    [
        # NumPy and pandas have wheels for Python 3.8 at most, where matplotlib ends at 3.7.
        ("seaborn==0.11.2 numpy==1.19.2 pandas==0.25.3", ""),
        ("seaborn==0.11.2 numpy==1.26.4", "seaborn"),
        ("seaborn==0.11.2", "seaborn"),
        ("tensorflow==2.6.0", "tensorflow"),
        ("tensorflow-cpu==2.9.0 numpy==1.23.5", "tensorflow-cpu"),
        ("tensorflow==1.15.5", "tensorflow"),
        ("tensorflow==2.6.0 protobuf==5.29.5", "tensorflow"),
        ("tensorflow==2.6.0 protobuf==3.20.3", ""),
        ("tensorflow==2.6.0 protobuf<4", ""),
        ("tensorflow==2.6.0 onnx==1.12.0", ""),
        ("tensorflow==2.6.5", ""),
        ("tensorflow==2.9.1 numpy==1.23.5", ""),
        ("tensorflow==2.15.0", ""),
        ("onnx==1.11.0", "onnx"),
        ("mlflow==1.25.1 tensorflow==2.8.4 numpy==1.22.4", ""),  # which holds protobuf
        ("pyopenssl==22.0.0 cryptography==47.0.0", "pyopenssl"),
        ("pyopenssl==22.0.0", ""),  # azureml-defaults holds cryptography
        ("datasets==2.14.4", "datasets"),
        ("datasets==2.14.4 mlflow", ""),
        ("environs==9.5.0", "environs"),
        ("lifelines==0.27.8", "lifelines"),
        ("requests-toolbelt==0.9.1 urllib3==2.2.0", "requests-toolbelt"),
        ("prophet==1.1.5", "prophet"),
        ("tensorflow", ""),
    ],
)
def test_pairs_of_packages_are_those_that_the_pins_beside_let_in(lines: str, package: str) -> None:
    text = "azureml-defaults\n" + "".join(f"{line}\n" for line in lines.split())
    findings = [each for each in check(text, Facts(path="/project/requirements.txt")) if each.code == "SD462"]
    assert len(findings) == bool(package), [each.message for each in findings]
    assert all(each.message.startswith(f"{package} ") for each in findings)


@pytest.mark.parametrize(
    ("line", "release"),
    [
        ("scikit-learn>=0.19.0,<=0.22.1", "0.22.1"),
        ("scikit-learn>=0.19.0,<=0.22", "0.22"),
        ("scikit-learn>=0.19.0,<0.23", "0.22.2"),
        # These have wheels for Python 3.7 at most, and NumPy 1.24 has none for that.
        ("scikit-learn>=0.19.0,<=0.20.3", ""),
        ("scikit-learn>=0.19.0,<0.21", ""),
        ("scikit-learn==0.20.3", ""),
    ],
)
def test_the_release_that_a_bound_lets_in_is_named(line: str, release: str) -> None:
    text = f"{line}\npandas\n"
    found = [each for each in check(text, Facts(path="/project/requirements.txt")) if each.code == "SD462"]
    named = [f"scikit-learn {release}"] if release else []
    assert [each.message.partition(" does not work")[0] for each in found] == named


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("azure", True),
        ("azure>=4.0", True),
        ("azure==5.0.0", True),
        ("azure==4.0.0", False),
        ("azure<5", False),
        ("azure-storage-blob", False),
    ],
)
def test_a_package_whose_newest_release_only_fails(line: str, is_told: bool) -> None:
    found = [each for each in check(f"{line}\n", Facts(path="/p/requirements.txt")) if each.code == "SD418"]
    assert [(each.severity, each.fixes[0].edits[0].new_text) for each in found] == [("error", "azure<5")] * is_told


@pytest.mark.parametrize(
    ("lines", "severity"),
    [
        # On Python 3.6 comes protobuf 3.19; tried with uv.
        ("tensorflow==1.13.2\nkeras==2.3.0\n", "information"),
        ("# with Python 3.6\ntensorflow==1.13.2\n", None),
        ("# with Python 3.7\ntensorflow==1.13.2\n", "warning"),
        # For 3.6 to 3.9; NumPy 1.24 begins with 3.8.
        ("scikit-learn==0.23.2\n", "information"),
        ("# with Python 3.8\nscikit-learn==0.23.2\n", "warning"),
        # Nothing bounds its Python.
        ("flask==1.1.2\n", "warning"),
        # Wheels from 3.8 on.
        ("statsmodels==0.13.1\nscipy==1.10.1\npandas==2.0.3\n", "warning"),
    ],
)
def test_releases_that_fail_with_some_pythons_only_are_a_remark_where_none_is_named(
    lines: str, severity: str | None
) -> None:
    found = [each for each in check(lines, Facts(path="/p/requirements.txt")) if each.code == "SD462"]
    assert [each.severity for each in found] == [severity] * (severity is not None)
    assert all(("nothing here says which Python" in each.message) is (severity == "information") for each in found)


def test_two_pins_for_one_release_are_said_of_it() -> None:
    found = [each.message for each in check("tensorflow==2.7.2\nrequests\n", Facts(path="/p/requirements.txt"))]
    assert [text for text in found if "protobuf<4" in text and "numpy<2” for it as well" in text]
    assert not any("same holds" in text for text in found)


def test_a_tensorflow_of_conda_says_itself_what_it_needs() -> None:
    text = "name: a\ndependencies:\n- python=3.8\n- tensorflow=2.6.0\n- pip\n- pip:\n  - azureml-defaults\n"
    facts = Facts(path="/project/conda.yml")
    assert "SD462" not in {each.code for each in check(text, facts)}
    by_pip = text.replace("- tensorflow=2.6.0\n", "") + "  - tensorflow==2.6.0\n"
    assert "SD462" in {each.code for each in check(by_pip, facts)}
