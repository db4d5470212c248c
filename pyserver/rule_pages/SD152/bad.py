import json

from azureml.core import Dataset


def init():
    global rows
    rows = Dataset.Tabular.from_delimited_files("rows.csv").to_pandas_dataframe()


def run(data):
    return {"rows": len(json.loads(data)["data"]) + len(rows)}
