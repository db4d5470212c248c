"""Saves the model of score.py as an MLflow model into the folder that is given."""

import sys

import mlflow.sklearn
import score

score.init()
mlflow.sklearn.save_model(score.model, sys.argv[1], pip_requirements=["scikit-learn"])
