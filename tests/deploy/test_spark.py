"""A spark-py service: PySpark from the package index, the Java of this machine, a session inside the service."""

from __future__ import annotations

import json
from typing import Any

import pytest

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


@pytest.mark.timeout(600)  # PySpark is 320 MB and built from its source
@pytest.mark.long(
    "PySpark is 320 MB and built from its source; how its variables come about is tested in tests/environments"
)
def test_a_session_of_spark_in_a_service(place: Any, told: Any) -> None:
    place.write(
        "conda.yml",
        "dependencies:\n  - pip:\n      - azureml-defaults\n      - pyspark==3.5.1\n      - setuptools<80\n",
    )
    place.write("score.py", SCRIPT)
    config = {"entryScript": "score.py", "runtime": "spark-py", "condaFile": "conda.yml"}
    place.write("inference.json", json.dumps(config))
    service = place.deploy(SCRIPT, told, inference_config=str(place.project / "inference.json"))
    assert service.state == "Healthy"
    answer = json.loads(place.answer(body='{"data": [1, 2, 3]}'))
    assert answer["sum"] == 6
    assert answer["java"]
    assert any("spark-py: Spark runs inside the service" in message for message in told.messages)
