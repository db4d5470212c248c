"""Runs inside an environment that has MLflow: logs what the tests look for, with MLflow's own client.

Usage: log_runs.py TRACKING_URI. Prints one JSON object of run ids and predictions.
"""

import json
import pickle
import sys
import tempfile
import warnings
from pathlib import Path

import mlflow
import mlflow.sklearn
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")

ROWS = [[0.0], [1.0], [2.0], [3.0]]


def main() -> None:
    major = int(mlflow.__version__.split(".")[0])
    mlflow.set_tracking_uri(sys.argv[1])
    mlflow.set_experiment("iris")
    model = LogisticRegression().fit(ROWS, [0, 0, 1, 1])
    told: dict[str, object] = {"predictions": [int(label) for label in model.predict(ROWS)]}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.pkl"
        with mlflow.start_run(run_name="plain") as run:
            told["plain"] = run.info.run_id
            mlflow.log_metric("acc", 0.5)
            mlflow.log_metric("acc", 0.9, step=1)
            mlflow.log_metric("loss/val", 0.25)
            mlflow.log_param("C", 1)
            mlflow.set_tag("team", "flowers")
            file.write_bytes(pickle.dumps(model))
            told["pickle"] = file.read_bytes().hex()
            mlflow.log_artifact(str(file), "outputs")
            where = {"name": "classifier"} if major >= 3 else {"artifact_path": "classifier"}
            mlflow.sklearn.log_model(
                model,
                serialization_format="cloudpickle",
                pip_requirements=["scikit-learn"],
                **where,
            )
        with mlflow.start_run(run_name="AutoML_7") as run:
            told["parent"] = run.info.run_id
            mlflow.set_tag("primary_metric", "AUC_weighted")
            children = []
            for number, (auc, loss) in enumerate([(0.5, 0.6), (0.9, 0.4), (0.9, 0.3), (float("nan"), 0.35)]):
                with mlflow.start_run(run_name=f"AutoML_7_{number}", nested=True) as child:
                    children.append(child.info.run_id)
                    mlflow.log_metric("AUC_weighted", auc)
                    mlflow.log_metric("log_loss", loss)
                    mlflow.log_metric("endless", float("inf"))
                    file.write_bytes(pickle.dumps({"iteration": number}))
                    mlflow.log_artifact(str(file), "outputs")
            told["children"] = children
    print(json.dumps(told))


main()
