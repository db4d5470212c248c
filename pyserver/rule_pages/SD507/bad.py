import json
import os
import pickle


def init():
    global model
    model = pickle.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.pkl"))


def run(data):
    return {"rows": len(json.loads(data)["data"]), "model": str(type(model))}
