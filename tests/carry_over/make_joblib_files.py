"""Writes or loads files of joblib; runs in an old Python with an old scikit-learn. Python 3.6.

`python make_joblib_files.py write FOLDER WORD joblib sklearn.externals.joblib` saves each of `models()` by each module
as `NAME-WORD.joblib`, where `sklearn.externals.joblib` has the word `own`. `python make_joblib_files.py load FILE …`
prints as JSON, by module and file, whether the model came back: `pickle`, `joblib`, `sklearn.externals.joblib`.
"""

import importlib
import json
import pathlib
import pickle
import sys
import warnings

import numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

MODULES = ("pickle", "joblib", "sklearn.externals.joblib")


def models():
    generator = numpy.random.RandomState(7)
    data = generator.normal(size=(60, 3))
    number = (data[:, 0] > 0).astype("int64")
    text = numpy.where(number, "yes", "no").astype(object)
    return {
        "forest": RandomForestClassifier(n_estimators=2, max_depth=2, random_state=0).fit(data, text),
        "logistic": LogisticRegression(solver="liblinear").fit(data, number),
    }


def write(folder, word, modules):
    for module in modules:
        for name, model in models().items():
            here = "own" if module.startswith("sklearn") else word
            path = pathlib.Path(folder) / (name + "-" + here + ".joblib")
            importlib.import_module(module).dump(model, str(path))


def load(module, path):
    """Whether it is the model again."""
    try:
        if module == "pickle":
            with pathlib.Path(path).open("rb") as stream:
                model = pickle.load(stream)
        else:
            model = importlib.import_module(module).load(path)
        return len(model.predict_proba(numpy.zeros((2, 3)))) == 2
    except Exception:
        return False


def there(module):
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1] == "write":
        write(sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        loaders = [module for module in MODULES if there(module)]
        print(json.dumps({module: {path: load(module, path) for path in sys.argv[2:]} for module in loaders}))
