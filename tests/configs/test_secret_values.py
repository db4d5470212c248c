"""Which configurations hold a secret, and never become part of a service."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.formats.secret_values import SUFFIXES, secret_in

ENVIRONMENT = """\
{
  "name": "base",
  "python": {"condaDependencies": {"dependencies": ["python=3.10"]}},
  "docker": {"baseImageRegistry": {"address": "contoso.azurecr.io", "username": "builder", "password": %s}},
  "environmentVariables": {%s}
}
"""
CONDA = "dependencies:\n  - python=3.10\n  - pip:\n      - --extra-index-url https://%s@packages.contoso.com/simple\n"
ENDPOINT = (
    "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname:"
    " blue\nenvironment_variables:\n  DB_PASSWORD: %s\n"
)


@pytest.mark.parametrize(
    ("path", "text", "where"),
    [
        ("azureml_environment.json", ENVIRONMENT % ('"hunter22"', ""), 'the value of "password" in line 4'),
        (
            "azureml_environment.json",
            ENVIRONMENT % ("null", '"API_KEY": "abcdef12"'),
            'the value of "API_KEY" in line 5',
        ),
        ("environment.json", ENVIRONMENT % ('"hunter22"', ""), 'the value of "password" in line 4'),
        ("conda.yml", CONDA % "builder:hunter22", "a password in an address, line 4"),
        ("CONDA.YML", CONDA % "builder:hunter22", "a password in an address, line 4"),
        ("requirements.txt", "--index-url https://:hunter22@host/simple\nnumpy\n", "a password in an address, line 1"),
        ("requirements-dev.in", "numpy\ngit+https://me:hunter22@host/repo.git\n", "a password in an address, line 2"),
        ("pip.conf", "[global]\nindex-url = https://me:hunter22@host/simple\n", "a password in an address, line 2"),
        ("uv.toml", 'extra-index-url = ["https://me:hunter22@host/simple"]\n', "a password in an address, line 1"),
        ("deployment.yml", ENDPOINT % "hunter22", 'the value of "DB_PASSWORD" in line 4'),
    ],
)
def test_a_secret_is_found_and_its_place_is_told(path: str, text: str, where: str) -> None:
    assert secret_in(path, text) == where
    assert path.lower().endswith(SUFFIXES), "the files that are read are chosen by these"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("azureml_environment.json", ENVIRONMENT % ("null", "")),
        ("azureml_environment.json", ENVIRONMENT % ('"${REGISTRY_PASSWORD}"', '"API_KEY": "<your key>"')),
        ("conda.yml", CONDA % "builder:${PIP_PASSWORD}"),
        ("conda.yml", CONDA % "builder"),
        ("deployment.yml", ENDPOINT % "${{secrets.DB}}"),
        ("inferenceconfig.json", '{"entryScript": "score.py", "condaFile": "conda.yml"}'),
        ("notes.txt", "https://me:hunter22@host/ is the wiki\n"),
        ("settings.json", '{"password": "the script itself reads this file"}'),
        ("score.py", "PASSWORD = 'hunter22'\n\ndef init(): pass\n\ndef run(data): return data\n"),
        ("tokens.json", '{"token": "<s>"}'),
    ],
)
def test_placeholders_and_files_of_the_script_stay(path: str, text: str) -> None:
    assert secret_in(path, text) == ""


@given(st.sampled_from(("conda.yml", "azureml_environment.json", "requirements.txt", "uv.toml")), st.text(max_size=300))
def test_any_text_has_an_answer(name: str, text: str) -> None:
    assert isinstance(secret_in(name, f"dependencies:\n{text}"), str)
