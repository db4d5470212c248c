"""What a submitted script uses that later releases of its packages lack, told where it is submitted."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.test_shapes_of_projects import told

RUN = "from azureml.core import ScriptRunConfig\n\nScriptRunConfig('src', 'train.py', environment=env)\n"
STEP = (
    "from azureml.pipeline.steps import PythonScriptStep\n\n"
    "PythonScriptStep('train.py', source_directory='src', runconfig=config)\n"
)
OPEN = "CondaDependencies.create(conda_packages=['pandas', 'numpy>=1.16'])\n"


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("all_rows = all_rows.append(rows)", True),
        ("rows.append(more, ignore_index=True)", True),
        ("for name, column in rows.iteritems():\n    print(name)", True),
        ("rows.ix[0]", True),
        ("print(np.float(1))", True),
        ("if __name__ == '__main__':\n    print(np.float(1))", True),
        ("names = []\nnames.append(rows)", False),
        ("last = names.append(rows)", False),
        ("try:\n    print(np.float(1))\nexcept AttributeError:\n    pass", False),
        ("if pd.__version__ < '2':\n    rows = rows.append(more)", False),
        ("print(np.float64(1))", False),
        ("for name in other.iteritems('prefix'):\n    print(name)", False),
        ("pd.read_csv('b.csv', error_bad_lines=False)", True),
        ("pd.read_csv('b.csv', on_bad_lines='skip')", False),
    ],
)
@pytest.mark.parametrize("submits", [RUN, STEP])
def test_a_name_that_later_releases_lack(tmp_path: Path, submits: str, line: str, *, is_told: bool) -> None:
    script = f"import numpy as np\nimport pandas as pd\n\nrows = pd.read_csv('a.csv')\n{line}\n"
    files = {"src/train.py": script, "submit.py": f"{OPEN}{submits}"}
    assert (("SD156", "warning") in told(tmp_path, "submit.py", files)) is is_told


def test_a_metric_of_datasets(tmp_path: Path) -> None:
    script = "from datasets import load_metric\n\nmetric = load_metric('f1')\n"
    files = {"src/train.py": script, "submit.py": f"CondaDependencies.create(pip_packages=['datasets'])\n{RUN}"}
    assert ("SD156", "warning") in told(tmp_path, "submit.py", files)


@pytest.mark.parametrize(
    ("listed", "call", "is_told"),
    [
        ("'scikit-learn'", "OneHotEncoder(sparse=False)", True),
        ("'scikit-learn'", "OneHotEncoder(sparse_output=False)", False),
        ("'scikit-learn<1.4'", "OneHotEncoder(sparse=False)", False),
        ("'scikit-learn', python_version='3.8'", "OneHotEncoder(sparse=False)", False),
    ],
)
def test_an_argument_that_later_releases_lack(tmp_path: Path, listed: str, call: str, *, is_told: bool) -> None:
    script = f"from sklearn.preprocessing import OneHotEncoder\n\nprint({call})\n"
    files = {"src/train.py": script, "submit.py": f"CondaDependencies.create({listed})\n{RUN}"}
    assert (("SD156", "warning") in told(tmp_path, "submit.py", files)) is is_told


@pytest.mark.parametrize(
    ("packages", "files", "is_told"),
    [
        ("'pandas'", {}, True),
        ("'pandas>=1.0'", {}, True),
        (
            "file_path='env.yml'",
            {"env.yml": "dependencies:\n- python=3.10\n- pandas\n"},
            True,
        ),
        ("'pandas<2'", {}, False),
        ("'pandas==1.5.3'", {}, False),
        ("'pandas>=1.0,<2'", {}, False),
        ("'numpy'", {}, False),
        (
            "file_path='env.yml'",
            {"env.yml": "dependencies:\n- python=3.7\n- pandas\n"},
            False,
        ),
        ("file_path='env.yml'", {"env.yml": "dependencies:\n- pandas=1.3\n"}, False),
        ("'pandas', python_version='3.7'", {}, False),
    ],
)
def test_an_environment_that_takes_any_release(
    tmp_path: Path, packages: str, files: dict[str, str], *, is_told: bool
) -> None:
    script = "import pandas as pd\n\nrows = pd.DataFrame()\nrows = rows.append(rows)\n"
    files = {**files, "src/train.py": script, "submit.py": f"make({packages})\n{RUN}"}
    assert (("SD156", "warning") in told(tmp_path, "submit.py", files)) is is_told
