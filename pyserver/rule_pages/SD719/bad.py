import joblib
from azureml.core.model import Model


def init():
    global model
    model = joblib.load(Model.get_model_path("diabetes"))


def run(data):
    return model.predict([[float(data)]]).tolist()
