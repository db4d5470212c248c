"""Old pins and the nearest set of versions that really installs, asked of the real index."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from packaging.version import Version
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.environments.resolve import EnvironmentSettings
from scoredock.environments.spec import EnvironmentSpec, from_conda, from_requirements
from scoredock.environments.versions.model_needs import PackageNeeds
from scoredock.environments.versions.nearest import PinChange, Suggestion, suggest
from scoredock.errors import ScoredockError
from scoredock.features.environments.nearest_versions import rewritten
from scoredock.progress import CancelToken, Silent
from scoredock.protocol.messages import EnvironmentChange

MINOR = "{}.{}".format(*sys.version_info[:2])


def suggestion_for(spec: EnvironmentSpec, made_with: dict[str, str] | None = None) -> Suggestion:
    needs = PackageNeeds(made_with or {}, {})
    return suggest(spec, EnvironmentSettings(), Silent(), CancelToken(), needs)


def lines(*written: str) -> EnvironmentSpec:
    return from_requirements(written, "/p/requirements.txt", "test")


def test_the_pins_of_the_documents() -> None:
    conda = CondaSpec(python="=3.6.2", pip=("azureml-defaults", "scikit-learn==0.20.0", "joblib", "requests>=2.20"))
    found = suggestion_for(from_conda(conda, "/p/conda.yml"), {"scikit-learn": "0.20.0"})
    assert found.python == MINOR
    python, package = found.changed
    assert python == PinChange("python", "3.6", MINOR)
    assert (package.name, package.old) == ("scikit-learn", "0.20.0")
    assert Version("0.20.0") < Version(package.new) < Version("1.8"), "the nearest, not the newest"
    assert found.requirements == (f"scikit-learn=={package.new}", "joblib", "requests>=2.20")
    assert "Python 3.6 is out of support" in found.impossible[0]
    assert found.impossible[1].startswith("scikit-learn 0.20.0 cannot be installed: there is no wheel for Python")
    assert f"with {package.new} it may not load" in found.warning


def test_the_version_that_wrote_the_pickle_is_tried_first() -> None:
    found = suggestion_for(lines("scikit-learn==0.20.0"), {"scikit-learn": "1.3.2"})
    assert found.requirements == ("scikit-learn==1.3.2",)
    assert found.warning == ""


def test_nothing_changes_where_it_installs() -> None:
    found = suggestion_for(lines("six==1.16.0", "packaging>=20"))
    assert found.changed == found.impossible == ()
    assert found.requirements == ("six==1.16.0", "packaging>=20")


def test_an_upper_bound_gives_way_upwards() -> None:
    found = suggestion_for(lines("numpy<1.12"))
    (change,) = found.changed
    assert change.old == "<1.12"
    assert Version(change.new) >= Version("1.12")


@pytest.mark.parametrize(
    "line",
    [
        "certifi >= 2023.07.22",
        "certifi>=2023.07.22",
        "certifi >= 2020, < 2024",
        "certifi>=2020,<2024",
        "certifi ~= 2023.7.22  # theirs",
        "certifi",
    ],
)
def test_a_line_gets_its_version_however_it_is_spaced(line: str) -> None:
    before = f"six==1.16.0\n{line}\nidna\n"
    after, left = rewritten("/p/requirements.txt", before, [EnvironmentChange("certifi", "any version", "2022.12.7")])
    remark = "  # theirs" if "#" in line else ""
    assert (after, left) == (f"six==1.16.0\ncertifi==2022.12.7{remark}\nidna\n", [])


def test_a_package_that_no_index_has() -> None:
    with pytest.raises(ScoredockError) as refused:
        suggestion_for(lines("scoredock-no-such-package==1.0"))
    assert refused.value.code == "environment-requirement-unsatisfiable"


def test_a_release_that_does_not_exist_gives_way_to_the_newest() -> None:
    found = suggestion_for(lines("packaging==99.0"))
    (change,) = found.changed
    assert Version(change.new) >= Version("25")
    assert found.impossible == ("packaging 99.0 does not exist.",)


def test_what_comes_as_source_alone_stays() -> None:
    """No release of langdetect has a wheel, and it is built in a second."""
    found = suggestion_for(lines("langdetect==1.0.9", "scikit-learn==0.22.1"))
    assert [change.name for change in found.changed] == ["scikit-learn"]
    assert found.requirements[0] == "langdetect==1.0.9"


def test_pins_that_stand_against_each_other_are_named_with_what_they_need() -> None:
    found = suggestion_for(lines("boto3==1.28.0", "botocore==1.29.0"))
    (change,) = found.changed
    assert (change.name, change.old, change.new.startswith("1.31.")) == ("botocore", "1.29.0", True)
    (reason,) = found.impossible
    assert reason.startswith("botocore 1.29.0 cannot stay: boto3==1.28.0 needs botocore>=1.31.0")
    assert reason.endswith("and botocore==1.29.0 is asked for.")


def test_where_nothing_near_can_be_installed_the_pin_in_the_way_is_named() -> None:
    with pytest.raises(ScoredockError) as caught:
        suggestion_for(lines("six==1.16.0", "fbprophet==0.7.1"))
    error = caught.value
    assert error.code == "environment-requirement-unsatisfiable"
    assert "fbprophet==0.7.1 has no wheel for this Python" in error.message
    assert error.fix == "Without fbprophet the others can be installed: remove it, or list what has taken its place."
    assert error.remedies == (), "whoever asks for nearest versions is not sent to ask for them"


def test_without_a_network_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path))
    settings = EnvironmentSettings(index_url="http://127.0.0.1:9/simple")
    with pytest.raises(ScoredockError) as refused:
        suggest(lines("six==1.0"), settings, Silent(), CancelToken())
    assert refused.value.code == "environment-offline"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name: pytorch\nchannels:\n  - pytorch\ndependencies:\n  - pytorch==1.12.1\n", "pytorch==2.0.1"),
        ("# pytorch: old\nchannels: [pytorch, conda-forge]\ndependencies:\n- pytorch=1.12  # why\n", "pytorch==2.0.1"),
        ("channels:\n- torch\ndependencies:\n- pip:\n  - torch >=1.12, <2\n  - torchvision\n", "torch==2.0.1"),
        ("channels:\n- pytorch\ndependencies:\n- pytorch::pytorch=1.12.1\n- torchvision\n", "pytorch==2.0.1"),
        ('{"condaDependencies": {"channels": ["torch"], "dependencies": [{"pip": ["torch==1.12"]}]}}', "torch==2.0.1"),
    ],
)
def test_a_channel_a_comment_and_the_name_of_a_file_are_no_packages(before: str, after: str) -> None:
    is_json = before.startswith("{")
    if is_json:
        before = f'{{"python": {before}}}'
    path = f"/p/{'azureml_environment.json' if is_json else 'conda.yml'}"
    text, left = rewritten(path, before, [EnvironmentChange("torch", "1.12.1", "2.0.1")])
    assert left == []
    asked = re.search(r"(py)?torch(==1\.12\.1|=1\.12\.1|=1\.12|==1\.12| >=1\.12, <2)", before)
    assert asked is not None
    assert text == before[: asked.start()] + after + before[asked.end() :]


def test_a_package_that_only_a_comment_names_is_added() -> None:
    before = "# numpy comes with it\npandas==1.5.3\n"
    text, left = rewritten("/p/requirements.txt", before, [EnvironmentChange("numpy", "1.0", "1.26.4")])
    assert (text, left) == (f"{before}numpy==1.26.4\n", [])
