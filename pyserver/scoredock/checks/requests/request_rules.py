"""Rules SD12x and SD13x: what happens to the data of a request, and to the answer."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule, ServiceScriptRule, World

_SERVER = "azureml-inference-server-http 1.5.1"

NOT_JSON = EntryScriptRule(
    code="SD120",
    severity="error",
    title="Response cannot be turned into JSON",
    message="run() returns {what}, which cannot be turned into JSON, so the request fails{hint}.",
    why="The response is written with json.dumps; a value that it does not know gives status 500 for every request.",
    fix='Convert it, for example with .tolist() or .to_dict(orient="records").',
    source=f"{_SERVER}: the return value must be JSON-serializable",
    fixable=True,
)
DECODED_TWICE = EntryScriptRule(
    code="SD121",
    severity="error",
    title="Converted argument is decoded again",
    message="“{name}” is already converted by its schema, and json.loads() raises TypeError here; use it as it is.",
    why="With @input_schema the server decodes the body and hands over the array, data frame or object itself.",
    fix="Use the argument as it is.",
    source="inference-schema 1.8: convert_to_provided_type",
    fixable=True,
)
WHOLE_BODY = EntryScriptRule(
    code="SD122",
    severity="warning",
    title="Array of the whole body",
    message=(
        "json.loads() gives the whole body; from a body with the key “data” this makes an array that holds one object."
    ),
    why=(
        "Clients of Azure ML send an object with the key data. NumPy makes a zero-dimensional array of it, and the"
        " model refuses that."
    ),
    fix="Take the key first.",
    source="Azure ML include “entry script”; NumPy documentation",
    fixable=True,
)
SWALLOWED = EntryScriptRule(
    code="SD123",
    severity="information",
    title="Exception is returned as a normal response",
    message="This sends the error text to the caller with status 200; raise the exception instead.",
    why="A client that looks at the status takes the message for a prediction, and monitoring sees no failure.",
    fix="Raise the exception again, or return an AMLResponse with an error status.",
    source=f"{_SERVER}: status codes of /score",
    fixable=True,
)
INTEGER_SAMPLE = EntryScriptRule(
    code="SD124",
    severity="information",
    title="Sample of whole numbers",
    message=(
        "The sample holds only whole numbers, so decimals in requests are cut off without an error; write decimals."
    ),
    why="The type of the sample is the type of the input: 3.9 arrives in run() as 3.",
    fix="Write the sample with decimals, or give dtype=float, unless the model wants whole numbers.",
    source="inference-schema 1.8: np.array(dtype=sample)",
    fixable=True,
)
SAMPLE_KIND = EntryScriptRule(
    code="SD125",
    severity="error",
    title="Sample of the wrong kind",
    message="“{parameter_type}” needs {wanted} as its sample, not {got}.",
    why="The decorator checks its sample when the script is imported, so the service does not start.",
    fix="Wrap the sample in what the type needs, for example np.array or pd.DataFrame.",
    source="inference-schema 1.8: Invalid sample input provided",
    fixable=True,
)
OLD_JOBLIB = ServiceScriptRule(
    code="SD126",
    severity="warning",
    title="sklearn.externals no longer exists",
    message="“sklearn.externals” no longer exists from scikit-learn 0.23 on; import “joblib” itself.",
    why="scikit-learn removed it in version 0.23; the script cannot be imported with a newer one.",
    fix="Import joblib, which is installed with scikit-learn.",
    source="scikit-learn 0.23 changelog",
    fixable=True,
)
REQUEST_AS_TEXT = EntryScriptRule(
    code="SD127",
    severity="error",
    title="Raw request used as text",
    message="“{name}” is the request itself because of @rawhttp, not its body.",
    why="A raw script gets a Flask request; json.loads and subscripts do not work on it.",
    fix="Take the body with request.get_data().",
    source="azureml-contrib-services 1.62; Flask documentation",
    fixable=True,
)
TEXT_AS_REQUEST = EntryScriptRule(
    code="SD128",
    severity="error",
    title="Text used as a request",
    message="“{name}” is the body as text and has no “{attribute}”; only with @rawhttp is it the request.",
    why="Only a script with @rawhttp gets the request itself; otherwise this raises AttributeError at every request.",
    fix="Decorate run() with @rawhttp.",
    source=f"{_SERVER}: how run() is called",
    fixable=True,
)
LOADED_IN_RUN = ServiceScriptRule(
    code="SD129",
    severity="warning",
    title="Model is loaded at every request",
    message="{call} runs at every request; load the model in init().",
    why=(
        "Loading takes far longer than predicting, and every request waits for it. What comes with the request, or is a"
        " file of the mini-batch, is data and is loaded where it comes."
    ),
    fix="Load it in init() into a global, or keep it after the first request.",
    source="Azure ML article “Deploy models”: init() loads the model",
)
NO_ANSWER = EntryScriptRule(
    code="SD130",
    severity="warning",
    title="run() returns nothing",
    message="run() has no return with a value, so every response is an empty object.",
    why="None becomes an empty object, and the prediction is lost.",
    fix="Return the result.",
    source=f"{_SERVER}: None is answered as {{}}",
)
ABSOLUTE_PATH = ServiceScriptRule(
    code="SD131",
    severity="warning",
    title="Path that only this machine has",
    message="“{path}” is an absolute path, which does not exist in a container or on another machine.",
    why=(
        "Models are below AZUREML_MODEL_DIR and other files beside the script; a path of your own machine works nowhere"
        " else. Where a Dockerfile beside puts something at the path, this is a remark."
    ),
    fix="Join the file name to AZUREML_MODEL_DIR, or to the folder of the script.",
    source="Azure ML article “Deploy models”: AZUREML_MODEL_DIR",
    world=World("score.py"),
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
