import json
import os

import nltk


def init():
    nltk.data.path.append(os.path.join(os.environ["AZUREML_MODEL_DIR"], "nltk_data"))


def run(data):
    return nltk.word_tokenize(json.loads(data)["text"])
