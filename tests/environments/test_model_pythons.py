"""A model that says which Python it was made with gets that one, or its own packages in another one, or a refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scoredock.environments.cache import EnvironmentCache
from scoredock.environments.spec import EnvironmentSpec
from scoredock.errors import ScoredockError
from scoredock.no_code.generating import environment_of, write_for
from scoredock.no_code.subject import of_path
from scoredock.progress import CancelToken, Silent

import interpreters


def of_mlflow(folder: Path, python: str, *lines: str) -> EnvironmentSpec:
    """What is installed for an MLflow model whose conda file says this."""
    (folder / "MLmodel").write_text(
        "flavors:\n  python_function:\n    env: conda.yaml\n    loader_module: mlflow.sklearn\n"
    )
    listed = "".join(f"  - {line}\n" for line in lines)
    (folder / "conda.yaml").write_text(f"dependencies:\n- python={python}\n- pip:\n{listed}")
    subject = of_path(folder)
    return environment_of(subject, write_for(subject))


@pytest.mark.parametrize("minor", interpreters.found())
def test_it_is_taken_where_it_is_here(minor: str, cache: EnvironmentCache, tmp_path: Path) -> None:
    wanted = of_mlflow(tmp_path, f"{minor}.4", "mlflow==2.9.2")
    resolved = cache.resolved(wanted, Silent(), CancelToken())
    assert resolved.python_version.startswith(f"{minor}.")
    assert "mlflow-skinny==2.9.2" in resolved.lock


def test_another_one_gets_the_very_same_packages(cache: EnvironmentCache, told: Any, tmp_path: Path) -> None:
    wanted = of_mlflow(tmp_path, "3.99.1", "mlflow==2.9.2")
    built = cache.prepare(wanted, told, CancelToken())
    assert built.python.is_file()
    assert any("asks for Python 3.99, which is not on this machine" in message for message in told.messages)
    assert cache.find(wanted) is None, "that Python may be here next time"


def test_a_refusal_says_which_python_is_missing(cache: EnvironmentCache, tmp_path: Path) -> None:
    """Newer packages may not read the model, so they are not taken."""
    with pytest.raises(ScoredockError) as refused:
        cache.prepare(of_mlflow(tmp_path, "3.99.1", "mlflow==2.9.2", "h11==99.9"), Silent(), CancelToken())
    assert refused.value.code == "python-not-found"
    assert "asks for Python 3.99" in refused.value.message
    assert "h11==99.9" in refused.value.message
    assert refused.value.fix == "Install Python 3.99, or allow scoredock.environment.downloadPython."
    assert [each.name for each in cache.root.iterdir() if len(each.name) == 16] == [], "nothing was built"
