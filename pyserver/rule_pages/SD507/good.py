import json
import os
import pickle


def init():
    global model
    model = pickle.load(open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "ridge.pkl"), "rb"))


def run(data):
    return {"rows": len(json.loads(data)["data"]), "model": str(type(model))}
