"""Old releases beside a NumPy that they were not made for: what the check says, where, and that its repair is right."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.check import check
from scoredock.checks.packages.numpy_releases import bound_of, says_itself
from scoredock.scripts.fixing import applied

CONDA = "name: a\ndependencies:\n  - python={python}\n{conda}  - pip:\n    - azureml-defaults\n{pip}"


def conda_file(*pip: str, python: str = "3.11", conda: tuple[str, ...] = ()) -> str:
    return CONDA.format(
        python=python, conda="".join(f"  - {each}\n" for each in conda), pip="".join(f"    - {each}\n" for each in pip)
    )


def findings_of(text: str, name: str = "conda.yml") -> list[tuple[int, str, str]]:
    """Line, message, and the text after the repair, of each finding."""
    facts = Facts(path=f"/project/{name}")
    found = [each for each in check(text, facts) if each.code == "SD462"]
    return [
        (each.range.start.line, each.message, applied(text, list(each.fixes[0].edits)) if each.fixes else "")
        for each in found
    ]


@pytest.mark.parametrize(
    ("pin", "python"),
    [
        ("pandas==2.0.3", "3.11"),
        ("pandas==1.3.5", "3.9"),
        ("scikit-learn==1.2.2", "3.10"),
        ("scikit-learn==1.1.3", "3.11"),
        ("scikit-learn~=1.2.0", "3.11"),
        ("opencv-python-headless==4.8.1.78", "3.11"),
        ("torch==2.1.2", "3.11"),
    ],
)
def test_a_wheel_for_numpy_1_is_told_at_its_line(pin: str, python: str) -> None:
    text = conda_file("requests", *(("numpy",) if pin.startswith("torch") else ()), pin, python=python)
    ((line, message, repaired),) = findings_of(text)
    assert text.splitlines()[line].strip() == f"- {pin}"
    happens = "it is imported with a warning" if pin.startswith("torch") else "does not work with numpy 2"
    assert happens in message
    assert message.endswith("Pin “numpy<2”.")
    assert "    - numpy<2\n" in repaired
    assert findings_of(repaired) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (conda_file("pandas==2.2.2"), "its wheels are for NumPy 2"),
        (conda_file("pandas==2.0.3", "numpy<2"), "pinned"),
        (conda_file("pandas==2.0.3", "numpy==1.26.4"), "pinned"),
        (conda_file("pandas==2.0.3", "numpy>=1.20,<1.27"), "pinned"),
        (conda_file("pandas==2.0.3", conda=("numpy=1.26",)), "pinned for conda"),
        (conda_file("pandas==2.1.4"), "its own metadata says numpy<2"),
        (conda_file("pandas==2.0.3", "tensorflow==2.12.0"), "tensorflow says numpy<1.24"),
        (conda_file("pyarrow==12.0.1", "azureml-train-automl==1.60.0", python="3.9"), "automated ML pins numpy"),
        (conda_file("statsmodels==0.13.5", "azureml-automl-runtime==1.60.0", python="3.9"), "and pandas"),
        (conda_file("pandas==2.0.3", python="3.8"), "there is no NumPy 2 for Python 3.8"),
        (conda_file(conda=("pandas=2.0.3",)), "conda's metadata holds NumPy"),
        (conda_file("pandas==2.0.3", conda=("scikit-learn=1.2.2",)), "conda's scikit-learn holds NumPy"),
        (conda_file("pandas>=2.0"), "the newest is for NumPy 2"),
        (conda_file('pandas==2.0.3; python_version < "3.9"'), "a condition"),
        (conda_file("pandas==1.0.5", python="3.7"), "it has no wheel for a Python with NumPy 2"),
    ],
)
def test_what_gets_a_fitting_numpy_stays_without_a_word(text: str, why: str) -> None:
    assert findings_of(text) == [], why


def test_a_newer_numpy_that_is_pinned_beside_it_is_changed() -> None:
    text = conda_file("numpy==2.0.1", "pandas==2.0.3")
    ((line, _, repaired),) = findings_of(text)
    assert text.splitlines()[line].strip() == "- pandas==2.0.3"
    assert repaired == conda_file("numpy<2", "pandas==2.0.3")


def test_where_no_numpy_1_installs_a_newer_release_is_named() -> None:
    ((_, message, repaired),) = findings_of(conda_file("opencv-python-headless==4.8.1.78", python="3.13"))
    assert message.endswith("Pin “opencv-python-headless>=4.10.0.84”.")
    assert repaired == ""


def test_names_that_numpy_1_24_dropped() -> None:
    ((_, message, repaired),) = findings_of(conda_file("scikit-learn==0.23.2", python="3.8"))
    assert message.endswith("Pin “numpy<1.24”.")
    assert findings_of(repaired) == []
    assert findings_of(conda_file("scikit-learn==0.23.2", python="3.7")) == []
    assert findings_of(conda_file("scikit-learn==0.24.2", python="3.8")) == []


def test_repairs_keep_the_form_of_the_file() -> None:
    ((_, _, repaired),) = findings_of("pandas==2.0.3\r\nrequests\r\n", "requirements.txt")
    assert repaired.split() == ["pandas==2.0.3", "numpy<2", "requests"]
    quoted = 'name: a\ndependencies:\n- python=3.11\n- pip: ["azureml-defaults", "pandas==2.0.3"]\n'
    ((_, _, repaired),) = findings_of(quoted)
    assert '"numpy<2", "pandas==2.0.3"' in repaired
    single = "name: a\ndependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n  - 'pandas==2.0.3'\n"
    ((_, _, repaired),) = findings_of(single)
    assert "  - 'pandas==2.0.3'\n  - \"numpy<2\"\n" in repaired
    assert findings_of("torch==2.1.2\n", "requirements.txt") == [], "nothing brings NumPy"
    assert len(findings_of("torch==2.1.2\npandas\n", "requirements.txt")) == 1


def test_every_row_is_a_stretch_of_releases() -> None:
    """Of a row that was cut or written backwards nothing would ever be said."""
    assert bound_of("scikit-learn", "1.2.2") is not None
    assert bound_of("scikit-learn", "1.4.2") is None
    assert bound_of("pandas", "2.2.1") is None
    assert says_itself("pandas", "2.2.1", "2")
    assert not says_itself("pandas", "2.0.3", "2")
    assert bound_of("pandas", "no version") is None
    assert bound_of("flask", "1.0") is None


@pytest.mark.parametrize(("sdk", "is_told"), [("azureml-core==1.18.0", False), ("azureml-core==1.50.0", True)])
def test_an_old_sdk_keeps_the_python_that_numpy_2_needs_away(sdk: str, is_told: bool) -> None:
    assert bool(findings_of(f"{sdk}\npandas==1.1.5\n", "requirements.txt")) is is_told
