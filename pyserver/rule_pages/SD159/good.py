import json
import os

import onnxruntime


def init():
    global model
    model = onnxruntime.InferenceSession(
        os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.onnx"), providers=["CPUExecutionProvider"]
    )


def run(data):
    return model.run(None, json.loads(data))[0].tolist()
