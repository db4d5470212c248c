import json
import os

import torch


def init():
    global model
    model = torch.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pt"), weights_only=False)
    model.eval()


def run(data):
    return model(torch.tensor(json.loads(data)["data"])).tolist()
