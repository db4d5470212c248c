"""The search for files of the code leads from the words of people to the file that they mean."""

from __future__ import annotations

import pytest
from tools.where import files_about


@pytest.mark.parametrize(
    ("words", "path"),
    [
        pytest.param("a secret that goes to the log", "checks/environment/secrets.py", id="title of a rule"),
        pytest.param("OutputFileDatasetConfig", "data/output_dataset_config.py", id="class of the SDK"),
        pytest.param("rows of deployment rules", "extension/contrib/rules/ruleNodes.ts", id="extension"),
        pytest.param("which branches of a script run", "checks/script/run_branches.py", id="first sentence"),
        pytest.param("az: the same answer", "contrib/az/domain/v2_equivalents.py", id="folder before a colon"),
    ],
)
def test_words_lead_to_their_file(words: str, path: str) -> None:
    assert any(fit.place.endswith(path) for fit in files_about(words)[:3])


def test_words_that_nothing_has_find_nothing() -> None:
    assert files_about("qwertyuiop") == []
    assert files_about("") == []
