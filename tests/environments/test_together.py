"""Packages that install beside each other and do not work together are held to releases that do, and the person's own
pins come before that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.spec import from_conda, from_requirements
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken

from environments.conftest import Told
from package_index import Release, index_of

ALWAYS = [*map(Release, ("setuptools", "httptools", "orjson", "h11"))]
RELEASES = [
    Release("h11", "0.16.0"),
    Release("flask", "1.1.2", requires=("werkzeug>=0.15", "jinja2>=2.10.1")),
    Release("jinja2", "2.11.3", requires=("markupsafe>=0.23",)),
    Release("jinja2", "3.1.2", requires=("markupsafe>=2.0",)),
    *(Release("markupsafe", version) for version in ("1.1.1", "2.0.1", "2.1.5")),
    *(Release("werkzeug", version) for version in ("1.0.1", "2.0.3", "3.0.6")),
    *(Release("mlflow", version) for version in ("2.8.0", "2.9.2")),
    *(Release("mlflow-skinny", version) for version in ("2.8.0", "2.9.2", "2.16.0")),
    Release("azureml-mlflow", "1.60.0", requires=("mlflow-skinny<2.17",)),
    Release("of-old", "1.0", tag="cp27-none-any"),
    Release("of-old", "1.1"),
    Release("pandas", "1.5.3"),
    *(Release("numpy", version) for version in ("1.23.2", "1.26.4", "2.1.0")),
    Release("pyopenssl", "22.0.0", requires=("cryptography>=35.0",)),
    *(Release("cryptography", version) for version in ("38.0.4", "47.0.0")),
    Release("needs-newest", "1.0", requires=("mlflow-skinny>=2.10",)),
]
HELD = {
    "flask==1.1.2": {"flask==1.1.2", "jinja2==2.11.3", "markupsafe==2.0.1", "werkzeug==2.0.3"},
    "flask==1.1.2 werkzeug==3.0.6": {"flask==1.1.2", "jinja2==2.11.3", "markupsafe==2.0.1", "werkzeug==3.0.6"},
    "flask werkzeug==1.0.1 jinja2==3.1.2": {"flask==1.1.2", "jinja2==3.1.2", "markupsafe==2.1.5", "werkzeug==1.0.1"},
    "mlflow==2.8.0 azureml-mlflow": {"azureml-mlflow==1.60.0", "mlflow-skinny==2.8.0", "mlflow==2.8.0"},
    "mlflow==2.8.0 mlflow-skinny==2.9.2": {"mlflow==2.8.0"},
    "mlflow==2.8.0 needs-newest": {"mlflow==2.8.0", "needs-newest==1.0"},
    "pyopenssl==22.0.0": {"cryptography==38.0.4", "pyopenssl==22.0.0"},
    "pandas==1.5.3 numpy": {"numpy==1.26.4", "pandas==1.5.3"},
    "pandas==1.5.3 numpy==1.23.2": {"numpy==1.23.2", "pandas==1.5.3"},
    "pandas==1.5.3 numpy<2": {"numpy==1.26.4", "pandas==1.5.3"},
    "pandas==1.5.3 numpy==2.1.0": {"numpy==2.1.0", "pandas==1.5.3"},
    "mlflow==2.9.2 mlflow-skinny==2.9.2": {"mlflow-skinny==2.9.2", "mlflow==2.9.2"},
}
NOTES = {
    "flask==1.1.2": "flask 1.1.2 does not work with werkzeug 2.1, and does not say so itself. werkzeug 2.0.3 is taken.",
    "pyopenssl==22.0.0": "cryptography 39, and does not say so itself. cryptography 38.0.4 is taken.",
    "pandas==1.5.3 numpy": "it was compiled for an older one. numpy 1.26.4 is taken.",
    "pandas==1.5.3 numpy==2.1.0": "numpy 2.1.0 is installed all the same",
    "mlflow==2.8.0 azureml-mlflow": "both are of one release. mlflow-skinny 2.8.0 is taken.",
    "mlflow==2.8.0 mlflow-skinny==2.9.2": "mlflow-skinny 2.9.2 is left out: mlflow 2.8.0 has all of it",
}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with index_of(tmp_path / "index", [*ALWAYS, *RELEASES]) as index:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{index.address}/simple")
        yield


@pytest.mark.parametrize("asked", HELD)
def test_packages_work_beside_each_other_as_far_as_the_pins_let_them(
    asked: str, index: None, cache: EnvironmentCache, tmp_path: Path, told: Told
) -> None:
    spec = from_requirements(asked.split(), str(tmp_path / "requirements.txt"), "test")
    built = cache.prepare(spec, told, CancelToken())
    ours = {each.name for each in ALWAYS} | {"scoredock-runtime"}
    lock = {
        line for line in cache.inspect(built.key).lock.splitlines() if line.split("==")[0].split(" ")[0] not in ours
    }
    assert lock == HELD[asked]
    assert NOTES.get(asked, "") in " ".join(told.messages)
    assert asked in NOTES or "numpy" not in " ".join(told.messages)
    assert ("is taken" in str(told.messages)) == ("is taken" in str(built.notes))


def test_a_pin_of_conda_that_pip_has_no_wheel_of_is_the_nearest_release(
    index: None, cache: EnvironmentCache, tmp_path: Path, told: Told
) -> None:
    place = str(tmp_path / "conda.yml")
    built = cache.prepare(from_conda(CondaSpec(name="c", conda=("of-old=1.0",)), place), told, CancelToken())
    assert "of-old==1.1" in cache.inspect(built.key).lock
    assert "there is no wheel for Python" in str(built.notes)
    assert "of-old 1.1 is taken." in str(told.messages)
    # Azure would not find it in the list of pip either.
    with pytest.raises(ScoredockError) as raised:
        cache.prepare(from_conda(CondaSpec(name="c", pip=("of-old==1.0",)), place), told, CancelToken())
    assert raised.value.message.startswith("of-old==1.0 cannot be installed: ")


def test_a_pin_of_pip_counts_whatever_packages_of_conda_need(
    index: None, cache: EnvironmentCache, tmp_path: Path, told: Told
) -> None:
    """Conda installs first, and pip puts its release in the place of what conda has brought; it only warns."""
    place, pin = str(tmp_path / "conda.yml"), "mlflow-skinny==2.9.2"
    both = from_conda(CondaSpec(name="c", conda=("needs-newest=1.0",), pip=(pin, "flask")), place)
    built = cache.prepare(both, told, CancelToken())
    assert {"needs-newest==1.0", pin} < set(cache.inspect(built.key).lock.splitlines())
    assert f"{pin} of pip is taken, though packages of conda need another release" in str(built.notes)
    assert "flask of pip" not in str(built.notes)
    # Where pip is to install both, Azure's image cannot be built either.
    for conda in ((), ("jinja2",)):
        with pytest.raises(ScoredockError) as raised:
            cache.prepare(
                from_conda(CondaSpec(name="c", conda=conda, pip=("needs-newest==1.0", pin)), place), told, CancelToken()
            )
        assert raised.value.code == "environment-requirement-unsatisfiable"
