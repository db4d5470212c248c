import json

import cv2
import numpy as np


def init():
    pass


def run(data):
    image = np.array(json.loads(data)["data"], dtype="uint8")
    return {"mean": float(cv2.mean(image)[0])}
