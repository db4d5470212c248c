"""Rules SD12x and SD13x: what happens to the data of a request, and to the answer."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule, ServiceScriptRule, World

_SERVER = "azureml-inference-server-http 1.5.1"
_NUMPY = (
    "import json\n\nimport numpy as np\nfrom inference_schema.parameter_types.numpy_parameter_type import"
    " NumpyParameterType\nfrom inference_schema.schema_decorators import input_schema\n\n\ndef init():\n    pass\n\n\n"
)
_RAW = "import json\n\nfrom azureml.contrib.services.aml_request import rawhttp\n\n\ndef init():\n    pass\n\n\n"
_LOADED = (
    "import json\nimport os\n\nimport joblib\n\n\ndef init():\n    global model\n    model ="
    ' joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))\n\n\n'
)
_PLAIN = "import json\n\nimport numpy as np\n\n\ndef init():\n    pass\n\n\n"
_SCHEMA_RUN = (
    '@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))\ndef run(data):\n    return {"sum":'
    ' data.sum().tolist(), "text": json.dumps({})}\n'
)

NOT_JSON = EntryScriptRule(
    "SD120",
    "error",
    "Response cannot be turned into JSON",
    "run() returns {what}, which cannot be turned into JSON, so the request fails{hint}.",
    "The response is written with json.dumps; a value that it does not know gives status 500 for every request.",
    _PLAIN + 'def run(data):\n    return np.array(json.loads(data)["data"])\n',
    _PLAIN + 'def run(data):\n    return np.array(json.loads(data)["data"]).tolist()\n',
    'Convert it, for example with .tolist() or .to_dict(orient="records").',
    f"{_SERVER}: the return value must be JSON-serializable",
    fixable=True,
)
DECODED_TWICE = EntryScriptRule(
    "SD121",
    "error",
    "Converted argument is decoded again",
    "“{name}” is already converted by its schema, and json.loads() raises TypeError here; use it as it is.",
    "With @input_schema the server decodes the body and hands over the array, data frame or object itself.",
    _NUMPY + _SCHEMA_RUN.replace("    return", "    data = np.array(json.loads(data))\n    return"),
    _NUMPY + _SCHEMA_RUN,
    "Use the argument as it is.",
    "inference-schema 1.8: convert_to_provided_type",
    fixable=True,
)
WHOLE_BODY = EntryScriptRule(
    "SD122",
    "warning",
    "Array of the whole body",
    "json.loads() gives the whole body; from a body with the key “data” this makes an array that holds one object.",
    "Clients of Azure ML send an object with the key data. NumPy makes a zero-dimensional array of it, and the model"
    " refuses that.",
    _LOADED.replace("import joblib\n", "import joblib\nimport numpy as np\n")
    + "def run(data):\n    rows = np.array(json.loads(data))\n    return model.predict(rows).tolist()\n",
    _LOADED.replace("import joblib\n", "import joblib\nimport numpy as np\n")
    + 'def run(data):\n    rows = np.array(json.loads(data)["data"])\n    return model.predict(rows).tolist()\n',
    "Take the key first.",
    "Azure ML include “entry script”; NumPy documentation",
    fixable=True,
)
SWALLOWED = EntryScriptRule(
    "SD123",
    "information",
    "Exception is returned as a normal response",
    "This sends the error text to the caller with status 200; raise the exception instead.",
    "A client that looks at the status takes the message for a prediction, and monitoring sees no failure.",
    _LOADED
    + 'def run(data):\n    try:\n        return model.predict(json.loads(data)["data"]).tolist()\n    except Exception'
    " as e:\n        error = str(e)\n        return error\n",
    _LOADED
    + 'def run(data):\n    try:\n        return model.predict(json.loads(data)["data"]).tolist()\n    except Exception'
    ' as e:\n        print("scoring failed", e)\n        raise\n',
    "Raise the exception again, or return an AMLResponse with an error status.",
    f"{_SERVER}: status codes of /score",
    fixable=True,
)
INTEGER_SAMPLE = EntryScriptRule(
    "SD124",
    "information",
    "Sample of whole numbers",
    "The sample holds only whole numbers, so decimals in requests are cut off without an error; write decimals.",
    "The type of the sample is the type of the input: 3.9 arrives in run() as 3.",
    _NUMPY + _SCHEMA_RUN.replace("[[1.0, 2.0]]", "[[1, 2]]"),
    _NUMPY + _SCHEMA_RUN,
    "Write the sample with decimals, or give dtype=float, unless the model wants whole numbers.",
    "inference-schema 1.8: np.array(dtype=sample)",
    fixable=True,
)
SAMPLE_KIND = EntryScriptRule(
    "SD125",
    "error",
    "Sample of the wrong kind",
    "“{parameter_type}” needs {wanted} as its sample, not {got}.",
    "The decorator checks its sample when the script is imported, so the service does not start.",
    _NUMPY + _SCHEMA_RUN.replace("np.array([[1.0, 2.0]])", "[[1.0, 2.0]]"),
    _NUMPY + _SCHEMA_RUN,
    "Wrap the sample in what the type needs, for example np.array or pd.DataFrame.",
    "inference-schema 1.8: Invalid sample input provided",
    fixable=True,
)
OLD_JOBLIB = ServiceScriptRule(
    "SD126",
    "warning",
    "sklearn.externals no longer exists",
    "“sklearn.externals” no longer exists from scikit-learn 0.23 on; import “joblib” itself.",
    "scikit-learn removed it in version 0.23; the script cannot be imported with a newer one.",
    _LOADED.replace("import joblib\n", "from sklearn.externals import joblib\n")
    + 'def run(data):\n    return model.predict(json.loads(data)["data"]).tolist()\n',
    _LOADED + 'def run(data):\n    return model.predict(json.loads(data)["data"]).tolist()\n',
    "Import joblib, which is installed with scikit-learn.",
    "scikit-learn 0.23 changelog",
    fixable=True,
)
REQUEST_AS_TEXT = EntryScriptRule(
    "SD127",
    "error",
    "Raw request used as text",
    "“{name}” is the request itself because of @rawhttp, not its body.",
    "A raw script gets a Flask request; json.loads and subscripts do not work on it.",
    _RAW + "@rawhttp\ndef run(request):\n    return len(json.loads(request))\n",
    _RAW + "@rawhttp\ndef run(request):\n    return len(json.loads(request.get_data()))\n",
    "Take the body with request.get_data().",
    "azureml-contrib-services 1.62; Flask documentation",
    fixable=True,
)
TEXT_AS_REQUEST = EntryScriptRule(
    "SD128",
    "error",
    "Text used as a request",
    "“{name}” is the body as text and has no “{attribute}”; only with @rawhttp is it the request.",
    "Only a script with @rawhttp gets the request itself; otherwise this raises AttributeError at every request.",
    'def init():\n    pass\n\n\ndef run(request):\n    return {"size": len(request.get_data())}\n',
    "from azureml.contrib.services.aml_request import rawhttp\n\n\ndef init():\n    pass\n\n\n@rawhttp\ndef"
    ' run(request):\n    return {"size": len(request.get_data())}\n',
    "Decorate run() with @rawhttp.",
    f"{_SERVER}: how run() is called",
    fixable=True,
)
LOADED_IN_RUN = ServiceScriptRule(
    "SD129",
    "warning",
    "Model is loaded at every request",
    "{call} runs at every request; load the model in init().",
    "Loading takes far longer than predicting, and every request waits for it. What comes with the request, or is a"
    " file of the mini-batch, is data and is loaded where it comes.",
    "import json\nimport os\n\nimport joblib\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    model ="
    ' joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))\n    return'
    ' model.predict(json.loads(data)["data"]).tolist()\n',
    _LOADED + 'def run(data):\n    return model.predict(json.loads(data)["data"]).tolist()\n',
    "Load it in init() into a global, or keep it after the first request.",
    "Azure ML article “Deploy models”: init() loads the model",
)
NO_ANSWER = EntryScriptRule(
    "SD130",
    "warning",
    "run() returns nothing",
    "run() has no return with a value, so every response is an empty object.",
    "None becomes an empty object, and the prediction is lost.",
    _PLAIN + 'def run(data):\n    print(np.sum(json.loads(data)["data"]))\n',
    _PLAIN + 'def run(data):\n    return float(np.sum(json.loads(data)["data"]))\n',
    "Return the result.",
    f"{_SERVER}: None is answered as {{}}",
)
ABSOLUTE_PATH = ServiceScriptRule(
    "SD131",
    "warning",
    "Path that only this machine has",
    "“{path}” is an absolute path, which does not exist in a container or on another machine.",
    "Models are below AZUREML_MODEL_DIR and other files beside the script; a path of your own machine works nowhere"
    " else. Where a Dockerfile beside puts something at the path, this is a remark.",
    "import json\n\nimport joblib\n\n\ndef init():\n    global model\n    model ="
    ' joblib.load("/home/ada/models/model.pkl")\n\n\ndef run(data):\n    return'
    ' model.predict(json.loads(data)["data"]).tolist()\n',
    _LOADED + 'def run(data):\n    return model.predict(json.loads(data)["data"]).tolist()\n',
    "Join the file name to AZUREML_MODEL_DIR, or to the folder of the script.",
    "Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    World("score.py"),
    fixable=True,
)

RULES = (
    NOT_JSON,
    DECODED_TWICE,
    WHOLE_BODY,
    SWALLOWED,
    INTEGER_SAMPLE,
    SAMPLE_KIND,
    OLD_JOBLIB,
    REQUEST_AS_TEXT,
    TEXT_AS_REQUEST,
    LOADED_IN_RUN,
    NO_ANSWER,
    ABSOLUTE_PATH,
)
