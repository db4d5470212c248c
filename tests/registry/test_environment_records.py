"""Registered environments: read from what people have, standing alone, one version for one definition."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from scoredock.analysis.facts import Facts
from scoredock.checks.configs.environment.conda import CondaSpec, parse_conda
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.registry.assets import curated
from scoredock.registry.assets import environments as environment_records
from scoredock.registry.assets.environment_definition import Definition, conda_text, shown_text
from scoredock.registry.assets.environment_names import environment_versions
from scoredock.registry.records import AssetRecord

from depth import rounds

Refused = Callable[..., ScoredockError]

CONDA = """\
# kept as it was written
name: diabetes
channels: [conda-forge]
dependencies:
  - python=3.11
  - numpy=1.26
  - pip:
      - azureml-defaults
      - scikit-learn==1.5.0
variables:
  COLOUR: red
"""
V1 = {
    "name": "myenv",
    "version": "7",
    "environmentVariables": {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"},
    "python": {
        "userManagedDependencies": False,
        "interpreterPath": "python",
        "condaDependenciesFile": None,
        "baseCondaEnvironment": None,
        "condaDependencies": {
            "name": "project_environment",
            "channels": ["anaconda", "conda-forge"],
            "dependencies": ["python=3.8.13", {"pip": ["azureml-defaults"]}],
        },
    },
    "docker": {
        "enabled": False,
        "baseImage": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20230101.v1",
        "baseDockerfile": None,
        "sharedVolumes": True,
        "shmSize": "2g",
        "arguments": [],
        "baseImageRegistry": {"address": None, "username": None, "password": None, "registryIdentity": None},
        "platform": {"os": "Linux", "architecture": "amd64"},
    },
    "spark": {"repositories": [], "packages": [], "precachePackages": True},
    "databricks": {"mavenLibraries": []},
    "r": None,
    "inferencingStackVersion": "latest",
    "assetId": "azureml://x",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def made(registry: Registry, path: Path, name: str = "env") -> tuple[AssetRecord, Definition]:
    record = environment_records.register(registry.assets, name, path=path)
    return record, environment_records.of_record(registry.assets, record)


def write(path: Path, text: str | object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    return path


# ------------------------------------------------------------------------------------------------ what is read


def test_a_conda_file(registry: Registry, project: Path) -> None:
    record, found = made(registry, write(project / "conda.yml", CONDA))
    assert environment_records.summary(record) == "conda · Python 3.11 · 3 packages"
    assert found.text == CONDA
    assert found.conda == CondaSpec(
        "diabetes",
        "=3.11",
        ("numpy=1.26",),
        ("azureml-defaults", "scikit-learn==1.5.0"),
        ("conda-forge",),
        (("COLOUR", "red"),),
    )
    assert environment_records.register(registry.assets, "", path=project / "conda.yml").name == "diabetes"


def test_requirements(registry: Registry, project: Path) -> None:
    path = write(
        project / "requirements.txt", "numpy>=1.26  # words\n--extra-index-url https://example.com/simple\npandas\n"
    )
    record, found = made(registry, path)
    assert environment_records.summary(record) == "pip · 2 packages"
    assert found.requirements == ("numpy>=1.26", "--extra-index-url https://example.com/simple", "pandas")
    assert found.text == path.read_text()
    assert environment_records.register(registry.assets, "", path=path).name == "project"


def test_included_files_are_put_in_their_place(registry: Registry, project: Path) -> None:
    write(project / "more" / "base.txt", "-r ../deep.txt\nsix\n")
    write(project / "deep.txt", "idna==3.7\n")
    path = write(project / "requirements.txt", "numpy\n-r more/base.txt\n--requirement=deep.txt\npandas\n")
    _, found = made(registry, path)
    assert found.requirements == ("numpy", "idna==3.7", "six", "idna==3.7", "pandas")
    conda = CONDA.replace("      - azureml-defaults\n", "      - -r requirements.txt\n")
    _, found = made(registry, write(project / "conda.yml", conda), "conda")
    assert found.conda is not None
    assert found.conda.pip == ("numpy", "idna==3.7", "six", "idna==3.7", "pandas", "scikit-learn==1.5.0")
    assert (found.conda.python, found.conda.variables) == ("=3.11", (("COLOUR", "red"),))
    for left in (project / "deep.txt", project / "more" / "base.txt", path):
        left.unlink()  # the record stands alone
    assert environment_records.resolve(registry.assets, "conda").definition == found


def test_the_file_of_the_sdk_with_all_its_keys(registry: Registry, project: Path) -> None:
    write(project / "azureml_environment.json", V1)
    for path in (project / "azureml_environment.json", project):
        record, found = made(registry, path)
        assert record.id == "env:1"
        assert found.conda is not None
        assert (found.conda.python, found.conda.pip) == ("=3.8.13", ("azureml-defaults",))
        assert found.variables == {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}
        assert found.image == "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20230101.v1"
        assert (found.stack_version, found.user_managed, found.dockerfile) == ("latest", False, "")
        assert record.content["unused"] == ["databricks"]
    text = shown_text(found)
    assert '# Variable: EXAMPLE_ENV_VAR="EXAMPLE_VALUE"' in text
    assert "# Serving stack: latest" in text
    assert parse_conda(text, Facts())[0] == found.conda
    assert environment_records.register(registry.assets, "", path=project).name == "myenv"


def test_what_save_to_directory_writes(registry: Registry, project: Path) -> None:
    python = {**V1["python"], "condaDependencies": None}  # type: ignore[dict-item]
    docker = {**V1["docker"], "baseImage": None}  # type: ignore[dict-item]
    write(project / "azureml_environment.json", {**V1, "python": python, "docker": docker})
    write(project / "conda_dependencies.yml", CONDA)
    write(project / "BaseDockerfile", "FROM python:3.11\n")
    record, found = made(registry, project)
    assert found.text == CONDA
    assert found.dockerfile == "FROM python:3.11\n"
    assert [file.path for file in record.files] == ["Dockerfile", "conda.yml"]
    assert shown_text(found).count("# FROM python:3.11") == 1


@pytest.mark.parametrize(
    ("docker", "python", "told"),
    [
        ({"baseImage": "a/b:1"}, {"userManagedDependencies": True}, "Docker image · a/b:1"),
        ({"baseDockerfile": "FROM a\n"}, {"userManagedDependencies": True}, "Dockerfile"),
        ({"baseImage": "a/b:1"}, {}, "Docker image · a/b:1"),
    ],
)
def test_an_image_without_packages(
    registry: Registry, project: Path, docker: object, python: object, told: str
) -> None:
    record, found = made(registry, write(project / "e.json", {"name": "e", "docker": docker, "python": python}))
    assert environment_records.summary(record) == told
    assert found.packages == ()


def test_a_docker_image(registry: Registry) -> None:
    record = environment_records.register(registry.assets, "env", image="registry.example.com/a/b@sha256:" + "0" * 64)
    assert environment_records.summary(record).startswith("Docker image · registry.example.com/a/b@sha256:")


# ------------------------------------------------------------------------------------------------ versions


def test_the_same_definition_keeps_its_version(registry: Registry, project: Path) -> None:
    path = write(project / "conda.yml", CONDA)
    first, _ = made(registry, path)
    again = environment_records.register(registry.assets, "env", path=path, description="words", tags={"a": "b"})
    assert (again.id, again.created, again.description, again.tags) == ("env:1", first.created, "words", {"a": "b"})
    assert made(registry, path)[0].description == "words"
    write(path, CONDA.replace("1.5.0", "1.5.1"))
    assert made(registry, path)[0].id == "env:2"
    write(path, CONDA)
    assert made(registry, path)[0].id == "env:3", "the newest is what the name alone means"
    registry.assets.delete("environment", "env:3")
    assert made(registry, path)[0].id == "env:4"


def test_clones(registry: Registry, project: Path) -> None:
    original, _ = made(registry, write(project / "azureml_environment.json", V1))
    clone = environment_records.register(registry.assets, "copy", clone="env")
    assert (clone.content, clone.files) == (original.content, original.files)
    write(project / "other.yml", CONDA)
    made(registry, project / "other.yml")
    assert environment_records.register(registry.assets, "older", clone="env:1").files == original.files


@pytest.mark.parametrize("offered", curated.ENVIRONMENTS, ids=lambda each: each.name)
def test_curated_environments_can_be_cloned(registry: Registry, offered: curated.Curated) -> None:
    assert offered.name.startswith("AzureML-")
    assert all(Requirement(line) for line in (*offered.packages, *offered.azure_packages))
    assert bool(offered.azure_packages) <= bool(offered.azure_python)
    assert offered.original.endswith(".")
    record = environment_records.register(registry.assets, "mine", clone=offered.name.lower())
    assert environment_records.of_record(registry.assets, record).packages == offered.packages


@pytest.mark.parametrize(
    ("name", "python", "package"),
    [
        ("AzureML-TensorFlow-2.0-GPU", "3.6.2", "tensorflow==2.0.0"),
        ("AzureML-PyTorch-1.4-CPU", "3.6.2", "torch==1.4.0"),
        ("AzureML-sklearn-0.24-ubuntu18.04-py37-cpu", "3.7", "scikit-learn==0.24.1"),
        ("AzureML-pytorch-1.10-ubuntu18.04-py38-cuda11-gpu", "3.8", "torch==1.10.0"),
        ("AzureML-tensorflow-2.5-ubuntu20.04-py38-cuda11-gpu", "3.8", "tensorflow==2.5.*"),
        ("AzureML-pytorch-1.9-ubuntu18.04-py37-cuda11-gpu", "3.7", "mlflow-skinny<1.24"),
        ("AzureML-Scikit-learn0.24-Cuda11-OpenMpi4.1.0-py36", "3.6.9", "scikit-learn==0.24.1"),
        ("AzureML-PyTorch1.7-Cuda11-OpenMpi4.1.0-py36", "3.6.9", "torch==1.7.1"),
        ("AzureML-TensorFlow2.4-Cuda11-OpenMpi4.1.0-py36", "3.6.9", "tensorflow==2.4.*"),
        ("AzureML-minimal-ubuntu20.04-py38-cpu-inference", "", ""),
    ],
)
def test_environments_of_the_lists_of_azure_are_there(name: str, python: str, package: str) -> None:
    offered = curated.find(name)
    assert offered is not None
    assert (offered.azure_python, package in (*offered.azure_packages, "")) == (python, True)


def test_references(registry: Registry, project: Path, refused: Refused) -> None:
    made(registry, write(project / "conda.yml", CONDA))
    found = environment_records.resolve(registry.assets, "env")
    assert (found.id, found.registered) == ("env:1", True)
    for reference in ("AzureML-Minimal", "azureml-minimal:47", "AzureML-Minimal:Autosave_2020-01-01"):
        found = environment_records.resolve(registry.assets, reference)
        assert (found.id, found.registered) == ("AzureML-Minimal", False)
    in_registry = "azureml://registries/azureml/environments/"
    known_there = ("sklearn-1.0/labels/latest", "sklearn-1.1/versions/14", "sklearn-1.5", "minimal-py311-inference")
    for reference in ("minimal-ubuntu20.04-py38-cpu-inference/versions/40", "Sklearn-1.5/labels/latest", *known_there):
        name = environment_records.resolve(registry.assets, in_registry + reference).id
        assert name.casefold() == f"azureml-{reference.partition('/')[0]}".casefold()
    for reference in ("none", f"{in_registry}none/versions/1", "env:2", "env:Autosave_2020", "", "AzureML-Nothing"):
        refused("asset-not-found", environment_records.resolve, registry.assets, reference)
    known = environment_versions(registry.assets)
    assert (known["env"], known["AzureML-Minimal"]) == ((1,), ())


# ------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    "line",
    [
        "./wheels/a.whl",
        "../a",
        ".",
        "..",
        "/opt/a",
        "~/a",
        "C:\\a",
        "a.whl",
        "wheels/a-1.0-py3-none-any.whl",
        "a.tar.gz",
        "a @ file:///opt/a",
        "a @ ./a",
        "file:///opt/a",
        "-e .",
        "-e ./a",
        "--editable=/opt/a",
        "-c constraints.txt",
        "-cconstraints.txt",
        "--constraint=constraints.txt",
        "-f wheels",
        "--find-links=./wheels",
        "--find-links /opt",
        "-f file:///opt",
        "git+file:///opt/a",
        "a @ git+file:///opt/a",
        "-r https://example.com/r.txt",
    ],
)
def test_what_only_this_machine_has(registry: Registry, project: Path, refused: Refused, line: str) -> None:
    write(project / "constraints.txt", "six==1\n")
    path = write(project / "requirements.txt", f"numpy\n{line}\n")
    error = refused("environment-not-portable", made, registry, path)
    assert "on this machine only" in error.message
    conda = CONDA.replace("azureml-defaults", json.dumps(line))
    refused("environment-not-portable", made, registry, write(project / "conda.yml", conda))
    assert registry.assets.records() == []


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("https://example.com/a-1.0-py3-none-any.whl", "https://example.com/a-1.0-py3-none-any.whl"),
        ("a @ https://example.com/a.zip", "a @ https://example.com/a.zip"),
        ("git+https://example.com/a.git@v1", "git+https://example.com/a.git@v1"),
        ("-e git+https://example.com/a.git", "git+https://example.com/a.git"),
        ("-f https://example.com/wheels", "-f https://example.com/wheels"),
        ("--index-url https://example.com/simple", "--index-url https://example.com/simple"),
        ("--no-binary :all:", "--no-binary :all:"),
        ('numpy>=1; python_version < "3.12"', 'numpy>=1; python_version < "3.12"'),
    ],
)
def test_what_an_index_or_address_has(registry: Registry, project: Path, line: str, kept: str) -> None:
    _, found = made(registry, write(project / "requirements.txt", f"{line}\n"))
    assert found.requirements == (kept,)


def test_a_long_path_keeps_its_name(registry: Registry, project: Path) -> None:
    deep = project.joinpath(*("a-folder-with-a-long-name" for _ in range(6)))
    deep.mkdir(parents=True)
    with pytest.raises(ScoredockError) as refused:
        made(registry, write(deep / "requirements.txt", "numpy=1.0\n"))
    assert "/requirements.txt', line 1" in refused.value.message


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("empty.txt", "", "environment-source-invalid"),
        ("words.txt", "# only words\n", "environment-source-invalid"),
        ("wrong.txt", "numpy=1.0\n", "environment-source-invalid"),
        ("empty.yml", "", "environment-source-invalid"),
        ("list.yml", "- numpy\n", "environment-source-invalid"),
        ("tab.yml", "dependencies:\n\t- numpy\n", "environment-source-invalid"),
        ("wrong.yml", "dependencies:\n  - pip:\n      - numpy=1\n", "environment-source-invalid"),
        ("empty.json", "", "environment-source-invalid"),
        ("broken.json", "{", "environment-source-invalid"),
        ("list.json", "[]", "environment-source-invalid"),
        ("nothing.json", '{"name": "a"}', "environment-source-invalid"),
        ("two.json", '{"docker": {"baseImage": "a", "baseDockerfile": "FROM a"}}', "environment-source-invalid"),
        ("image.json", '{"docker": {"baseImage": "A B"}}', "image-reference-invalid"),
        ("gone.json", '{"python": {"condaDependenciesFile": "gone.yml"}}', "file-not-found"),
        ("half.json", '{"docker": {"baseDockerfile": "FROM \\ud800"}}', "environment-source-invalid"),
        (
            "name.json",
            '{"docker": {"baseImage": "a"}, "environmentVariables": {"A=B": ""}}',
            "environment-source-invalid",
        ),
        ("no.json", '{"docker": {"baseImage": "a"}, "environmentVariables": {"": ""}}', "environment-source-invalid"),
        (
            "nul.json",
            '{"docker": {"baseImage": "a"}, "environmentVariables": {"A": "\\u0000"}}',
            "environment-source-invalid",
        ),
        (
            "sur.json",
            '{"docker": {"baseImage": "a"}, "environmentVariables": {"A": "\\udc00"}}',
            "environment-source-invalid",
        ),
        ("deep.json", "[" * 100_000, "environment-source-invalid"),
        ("deep.yml", "a: " + "[" * 5_000, "environment-source-invalid"),
        ("nothing.txt", "-r\n", "file-unreadable"),
        ("nul.txt", "-r a\0b\n", "file-not-found"),
        ("device.txt", "-r /dev/zero\n", "file-unreadable"),
        ("gone.txt", "-r missing.txt\n", "file-not-found"),
        ("self.txt", "-r self.txt\n", "environment-source-invalid"),
        ("many.txt", "numpy\n" * 10_001, "environment-source-invalid"),
        ("large.txt", "#" * 1_000_001, "file-too-large"),
    ],
)
def test_files_that_are_no_environment(
    registry: Registry, project: Path, refused: Refused, name: str, text: str, code: str
) -> None:
    refused(code, made, registry, write(project / name, text))
    assert registry.assets.records() == []


def test_errors_have_their_place(registry: Registry, project: Path, refused: Refused) -> None:
    write(project / "base.txt", "six\n\nnumpy=1\n")
    error = refused(
        "environment-source-invalid", made, registry, write(project / "requirements.txt", "pandas\n-r base.txt\n")
    )
    assert error.place is not None
    assert (error.place.path, error.place.line) == (str(project / "base.txt"), 2)


def test_paths_that_are_no_files(registry: Registry, project: Path, refused: Refused) -> None:
    os.mkfifo(project / "pipe.yml")
    (project / "latin.txt").write_bytes(b"caf\xe9\n")
    for path, code in (
        (project / "gone.yml", "file-not-found"),
        (project, "file-not-found"),
        (project / "pipe.yml", "file-unreadable"),
        (Path("/dev/null"), "file-unreadable"),
        (project / "latin.txt", "file-unreadable"),
    ):
        refused(code, made, registry, path)


def test_one_source_and_one_only(registry: Registry, project: Path, refused: Refused) -> None:
    path = write(project / "conda.yml", CONDA)
    refused("environment-source-invalid", environment_records.register, registry.assets, "a")
    refused("environment-source-invalid", environment_records.register, registry.assets, "a", path=path, image="a")
    refused("environment-source-invalid", environment_records.register, registry.assets, "a", clone="b", image="a")


@pytest.mark.parametrize(
    "name", ["AzureML-mine", "azureml", "Microsoft.a", "MICROSOFT", "a/b", "-a", "a b", "x" * 256, ".", "_"]
)
def test_names(registry: Registry, project: Path, refused: Refused, name: str) -> None:
    error = refused("asset-name-invalid", made, registry, write(project / "conda.yml", CONDA), name)
    assert "with no dash" in error.fix or "`clone`" in error.fix


@pytest.mark.parametrize("name", [".venv", "_mine", "1.0"])
def test_a_name_may_begin_with_a_period(registry: Registry, project: Path, name: str) -> None:
    made(registry, write(project / "conda.yml", CONDA), name)
    record = registry.assets.get("environment", f"{name}:1")
    assert registry.assets.get("environment", name) == record
    assert not [path for path in registry.folder.rglob("*") if name in path.name]


def test_a_file_without_a_name_needs_one(registry: Registry, project: Path, refused: Refused) -> None:
    path = write(project / "conda.yml", CONDA.replace("name: diabetes\n", ""))
    refused("asset-name-invalid", environment_records.register, registry.assets, "", path=path)


KEYS = (
    "name",
    "version",
    "environmentVariables",
    "python",
    "docker",
    "condaDependencies",
    "dependencies",
    "pip",
    "condaDependenciesFile",
    "baseImage",
    "baseDockerfile",
    "userManagedDependencies",
    "inferencingStackVersion",
    "channels",
    "variables",
    "spark",
)
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["numpy", "python=3.11", "-r x", "a/b:1"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=25,
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("fuzzed") / "workspace")


@settings(max_examples=rounds(gate=80, long=1_000))
@given(value=st.dictionaries(st.sampled_from(KEYS), ANY, max_size=5), suffix=st.sampled_from([".json", ".yml", ".txt"]))
def test_nothing_but_one_clear_sentence_or_a_record_that_is_whole(
    fuzzed: Registry, value: dict[str, object], suffix: str
) -> None:
    path = write(fuzzed.folder.parent / f"any{suffix}", json.dumps(value))
    told = ""
    try:
        environment_records.register(fuzzed.assets, "any", path=path)
    except ScoredockError as error:
        told = error.message
    assert "\n" not in told
    if not told:
        record = fuzzed.assets.get("environment", "any")
        found = environment_records.of_record(fuzzed.assets, record)
        assert (found.conda is None) == (record.content["format"] != "conda")
        assert len(found.packages) == record.content["packages"]


# ------------------------------------------------------------------------------------------------ rendering

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=30)
NAMES = st.from_regex(r"[a-z][a-z0-9._-]{0,20}", fullmatch=True).filter(lambda name: name not in ("pip", "python"))


@settings(max_examples=rounds(gate=60, long=1_000))
@given(
    name=TEXTS,
    python=st.none() | st.sampled_from(["", "=3.11", ">=3.9", "=3.8.13"]),
    conda=st.lists(NAMES, max_size=4),
    pip=st.lists(NAMES, max_size=4),
    channels=st.lists(TEXTS, max_size=3),
    variables=st.dictionaries(TEXTS, TEXTS, max_size=3),
)
def test_a_written_conda_file_says_the_same(
    name: str, python: str | None, conda: list[str], pip: list[str], channels: list[str], variables: dict[str, str]
) -> None:
    spec = CondaSpec(name, python, tuple(conda), tuple(pip), tuple(channels), tuple(variables.items()))
    assert parse_conda(conda_text(spec), Facts())[0] == spec
