"""What a conda file, a requirements file or nothing at all means. No files, no network."""

from __future__ import annotations

import pytest
from scoredock.checks.configs.environment.conda import CondaSpec
from scoredock.environments.facts import environment_facts
from scoredock.environments.spec import for_model, from_conda, from_requirements, python_specifier
from scoredock.errors import ScoredockError


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, None),
        ("", None),
        ("3.8", "==3.8.*"),
        ("=3.8", "==3.8.*"),
        ("==3.8.13", "==3.8.*"),
        ("3.10.18", "==3.10.*"),
        ("=3.9.*", "==3.9.*"),
        ("=3.9*", "==3.9.*"),
        ("==3.9.1*", "==3.9.*"),
        ("3*", "==3.*"),
        ("=3*", "==3.*"),
        ("=3.1*", ">=3.10,<3.20"),
        (">=3.8,<3.11", ">=3.8,<3.11"),
        (">= 3.8", ">=3.8"),
        ("=3.7.4=h265db76_1", "==3.7.*"),
        ("3", "==3.*"),
        ("!=3.9.0", "!=3.9.0"),
    ],
)
def test_python_specifier(written: str | None, expected: str | None) -> None:
    assert python_specifier(written, "conda.yml") == expected


@pytest.mark.parametrize("written", ["three", "3.8; rm", ">=x", "3.8 || 3.9"])
def test_python_specifier_that_means_nothing(written: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        python_specifier(written, "conda.yml")
    assert refused.value.code == "environment-requirement-invalid"
    assert f"`python={written}`" in refused.value.message or f"`python{written}`" in refused.value.message


@pytest.mark.parametrize(
    ("conda", "pip"),
    [
        ("numpy", "numpy"),
        ("numpy=1.26", "numpy==1.26.*"),
        ("numpy==1.26.4", "numpy==1.26.4"),
        ("numpy=1.26.4=py38h1", "numpy==1.26.4.*"),
        ("numpy>=1.20,<2", "numpy>=1.20,<2"),
        ("numpy 1.26.*", "numpy==1.26.*"),
        ("conda-forge::scikit-learn=1.3", "scikit-learn==1.3.*"),
        ("pytorch=2.1", "torch==2.1.*"),
        ("PyTorch", "torch"),
        ("python-spams=2.6.1", "spams-bin==2.6.1.*"),
        ("pyg::pyg", "torch-geometric"),
        ("py-xgboost<=0.90", "xgboost<=0.90"),
        ("opencv", "opencv-python-headless"),
        ("numpy=1.26.*", "numpy==1.26.*"),
        ("librosa", "librosa"),
    ],
)
def test_conda_packages_become_pip_requirements(conda: str, pip: str) -> None:
    assert from_conda(CondaSpec(conda=(conda,)), "c.yml").requirements == (pip,)


def test_a_pin_of_pip_takes_the_place_of_what_conda_installs_first() -> None:
    conda = ("scikit-learn=0.21.2", "numpy=1.19", "pandas=1.1.5", "scipy")
    spec = from_conda(CondaSpec(conda=conda, pip=("scikit_learn==0.22.1", "numpy", "pandas==1.1.5")), "c.yml")
    assert spec.requirements == ("numpy==1.19.*", "scipy", "scikit_learn==0.22.1", "numpy", "pandas==1.1.5")
    assert [each for each in spec.notes if "takes the place" in each] == [
        "scikit_learn==0.22.1 of pip takes the place of scikit-learn==0.21.2.* of conda.",
    ]


@pytest.mark.parametrize(
    ("conda", "pip", "requirements"),
    [
        (("keras", "pillow"), (), ("keras", "pillow", "tensorflow")),
        (("keras=2.10", "tensorflow=2.10"), (), ("keras==2.10.*", "tensorflow==2.10.*")),
        (("keras-gpu",), ("tensorflow==2.10.1",), ("keras", "tensorflow==2.10.1")),
        (("numpy",), ("keras",), ("numpy", "keras")),
    ],
)
def test_what_a_package_of_conda_brings_is_added_and_told(
    conda: tuple[str, ...], pip: tuple[str, ...], requirements: tuple[str, ...]
) -> None:
    spec = from_conda(CondaSpec(conda=conda, pip=pip), "c.yml")
    assert spec.requirements == requirements
    assert any("brings tensorflow" in note for note in spec.notes) == (requirements[-1] == "tensorflow")


@pytest.mark.parametrize(
    ("conda", "pip", "brought"),
    [
        (("scikit-learn=0.19.1",), (), {"numpy", "scipy<1.3"}),
        (("scikit-learn==0.19.2=py36", "scipy=1.1"), ("numpy==1.14",), {"numpy==1.14", "scipy==1.1.*"}),
        (("scikit-learn=0.20.3",), (), set()),
        (("scikit-learn",), (), set()),
        ((), ("scikit-learn==0.19.1",), set()),
    ],
)
def test_old_releases_of_conda_bring_what_their_wheels_leave_out(
    conda: tuple[str, ...], pip: tuple[str, ...], brought: set[str]
) -> None:
    """pip brought no NumPy with them in Azure either."""
    spec = from_conda(CondaSpec(conda=conda, pip=pip), "c.yml")
    assert {each for each in spec.requirements if not each.startswith("scikit-learn")} == brought
    assert any("scikit-learn of conda brings numpy, scipy<1.3" in each for each in spec.notes) == (
        len(conda) == 1 and bool(brought)
    )


def test_a_distribution_of_conda_is_what_scripts_import_most_of_it() -> None:
    spec = from_conda(CondaSpec(conda=("anaconda=2020.07", "pandas=1.1"), pip=("lxml==4.9",)), "c.yml")
    assert {"numpy", "scikit-learn", "joblib", "pandas==1.1.*", "lxml==4.9"} < set(spec.requirements)
    assert not {"anaconda", "pandas", "lxml"} & set(spec.requirements)
    told = next(note for note in spec.notes if note.startswith("anaconda=2020.07 of conda is a whole distribution"))
    assert "in the newest releases that install together and not in those that it has" in told
    assert not environment_facts(spec).complete, "what else it brings is not missing"


def test_what_wheels_bring_along_is_left_out_and_told() -> None:
    spec = from_conda(CondaSpec(conda=("cudatoolkit=10.0", "mkl", "ld_impl_linux-64=2.35.1", "numpy")), "c.yml")
    assert spec.requirements == ("numpy",)
    assert any("cudatoolkit" in note for note in spec.notes)


def test_libraries_of_an_exported_file_that_wheels_carry_are_left_out() -> None:
    spec = from_conda(CondaSpec(conda=("hdf5=1.10.4", "libcurl=7.71", "zeromq=4.3", "krb5", "netcdf4=1.5")), "c.yml")
    assert spec.requirements == ("netcdf4==1.5.*",)
    assert sum("is left out: the pip packages contain what they need of it" in note for note in spec.notes) == 4


def test_what_jupyter_and_pyarrow_bring_into_an_exported_file() -> None:
    names = ("python-fastjsonschema=2.16.2", "brotli-python=1.0.9", "python-tzdata=2023.3")
    spec = from_conda(
        CondaSpec(conda=("qt=5.9.7", "arrow-cpp=11.0", "aws-c-common=0.6.8", "libxml2=2.10", *names)), "c"
    )
    assert [each.partition("=")[0] for each in spec.requirements] == ["fastjsonschema", "brotli", "tzdata"]
    assert sum("is left out: the pip packages contain what they need of it" in note for note in spec.notes) == 4


def test_a_package_that_two_lists_name_is_named_once() -> None:
    pip = ("azureml-inference-server-http", "numpy", "azureml-inference-server-http==1.0", "azureml-defaults")
    (note,) = (each for each in from_conda(CondaSpec(pip=pip), "c.yml").notes if "Provided" in each)
    assert note == "Provided by the scoring runtime: azureml-inference-server-http, azureml-defaults."


def test_what_only_conda_has_is_taken_from_conda_and_told() -> None:
    wanted = CondaSpec(
        conda=("numpy=1.26", "r-base", "conda-forge::ffmpeg", "r-ggplot2", "pip"),
        python="=3.11",
        pip=("azureml-defaults", "flask"),
        channels=("conda-forge",),
    )
    spec = from_conda(wanted, "/p/c.yml")
    assert spec.conda is not None
    assert spec.conda.specs == ("python=3.11", "numpy=1.26", "r-base", "conda-forge::ffmpeg", "r-ggplot2")
    assert spec.conda.reasons == ("r-base", "ffmpeg", "r-ggplot2")
    assert spec.requirements == ("flask",)
    assert spec.provided == ("azureml-defaults",)
    assert "because pip does not have r-base, ffmpeg, r-ggplot2;" in spec.notes[0]


def test_conda_where_the_person_wants_it() -> None:
    spec = from_conda(CondaSpec(conda=("numpy",)), "/p/c.yml", way="conda")
    assert spec.conda is not None
    assert spec.conda.specs == ("python >=3.9", "numpy")
    assert "as the project is configured" in spec.notes[0]


def test_pip_alone_names_all_that_only_conda_has() -> None:
    with pytest.raises(ScoredockError) as refused:
        from_conda(CondaSpec(conda=("numpy", "r-base", "ffmpeg", "r-ggplot2")), "/p/c.yml", way="pip")
    assert refused.value.code == "environment-conda-only"
    assert refused.value.details["packages"] == ["r-base", "ffmpeg", "r-ggplot2"]
    assert refused.value.place is not None
    assert refused.value.place.path == "/p/c.yml"


@pytest.mark.parametrize("written", ["numpy[version='>=1']", "numpy=1.2|1.3", "=1.2", "!!"])
def test_conda_syntax_that_pip_has_not(written: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        from_conda(CondaSpec(conda=(written,)), "c.yml")
    assert refused.value.code == "environment-requirement-invalid"
    assert written in refused.value.message


def test_provided_packages_are_satisfied_and_their_extras_stay() -> None:
    lines = (
        "azureml-defaults>=1.0.45",
        "inference-schema[numpy-support, pandas_support]==1.5",
        "azureml_core",
        "Azureml-Contrib-Services",
        "scikit-learn",
    )
    spec = from_requirements(lines, "r.txt", "r")
    assert spec.requirements == ("numpy", "pandas", "scikit-learn")
    assert "azureml-defaults" in spec.notes[0]


def test_lines_that_are_no_names_pass_through() -> None:
    lines = (
        "--extra-index-url https://example.org/simple",
        "git+https://example.org/x.git",
        "./wheels/a-1.0-py3-none-any.whl",
        "/abs/pkg",
        "numpy  # why",
        "# only words",
        "",
    )
    assert from_requirements(lines, "r.txt", "r").requirements == (*lines[:4], "numpy")


@pytest.mark.parametrize("line", ["numpy==", "foo bar", "=1.0", "numpy>>1", "numpy=1.2"])
def test_a_requirement_that_cannot_be_understood(line: str) -> None:
    with pytest.raises(ScoredockError) as refused:
        from_requirements((line,), "/p/r.txt", "r")
    assert refused.value.code == "environment-requirement-invalid"
    assert refused.value.details["requirement"] == line


def test_defaults_by_framework() -> None:
    assert for_model("", "").requirements == ()
    assert for_model("Custom", "1").requirements == ()
    sklearn = for_model("ScikitLearn", "1.3.2")
    assert sklearn.requirements == ("scikit-learn==1.3.2", "numpy", "joblib", "pandas")
    assert sklearn.fallback == ("scikit-learn", "numpy", "joblib", "pandas")
    assert for_model("scikitlearn", "what?").requirements[0] == "scikit-learn"
    assert for_model("Onnx", "1.4").requirements == ("onnxruntime", "numpy")
    assert for_model("TensorFlow", "").requirements == ("tensorflow", "numpy")


def test_who_lists_azureml_core_hears_that_the_stand_in_is_used() -> None:
    """And who lists what the stand-ins are usually for hears nothing more."""
    listed = from_requirements(["azureml-core==1.60.0"], "/p/requirements.txt", "test")
    assert listed.requirements == ()
    assert "the script gets the runtime's stand-in, unless another package brings azureml-core" in listed.notes[1]
    assert len(from_requirements(["azureml-defaults"], "/p/requirements.txt", "test").notes) == 1


def test_the_index_of_the_previews_of_the_sdk_is_left_out_where_nothing_comes_from_it() -> None:
    index = "--index-url https://azuremlsdktestpypi.azureedge.net/sdk-release/Preview/E7501C02"
    lines = [index, "--extra-index-url https://pypi.org/simple", "azureml-defaults", "pandas"]
    spec = from_requirements(lines, "requirements.txt", "test")
    assert spec.requirements == ("--extra-index-url https://pypi.org/simple", "pandas")
    assert "azuremlsdktestpypi.azureedge.net is left out" in " ".join(spec.notes)
    assert index in from_requirements([*lines, "azureml-dataprep"], "requirements.txt", "test").requirements
