"""Rules SD830 to SD849: clients that send requests to a service, what they print, and cells of notebooks."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_SERVER = "azureml-inference-server-http 1.5.1"
_CLIENT = World("client.py")
_GOOD = """import json

import requests

scoring_uri = "http://localhost:6789/score"
headers = {"Content-Type": "application/json"}
body = json.dumps({"data": [[0.1, 0.2]]})
response = requests.post(scoring_uri, data=body, headers=headers)
print(response.json())
"""
_SERVICE = """import requests
from azureml.core import Workspace
from azureml.core.webservice import AksWebservice

service = AksWebservice(Workspace.from_config(), "diabetes-service")
headers = {"Content-Type": "application/json", "Authorization": "Bearer " + service.get_keys()[0]}
response = requests.post(service.scoring_uri, data='{"data": [[0.1, 0.2]]}', headers=headers)
print(response.status_code)
"""

REQUEST = Rule(
    "SD830",
    "error",
    "request instead of requests",
    "“{name}” does not exist here; the package is called “requests”.",
    "Python raises NameError or ModuleNotFoundError at this line.",
    _GOOD.replace("requests.post", "request.post"),
    _GOOD,
    "Write requests.",
    "requests documentation",
    _CLIENT,
    fixable=True,
)
FORM = Rule(
    "SD831",
    "warning",
    "Object sent as a form",
    "data= sends an object as a form, and run() gets an empty text; pass it as json=.",
    "Only text and bytes are sent as they are. The server consumes a form before the script sees it.",
    _GOOD.replace('json.dumps({"data": [[0.1, 0.2]]})', '{"data": [[0.1, 0.2]]}')
    .replace("import json\n\n", "")
    .replace(", headers=headers", "")
    .replace('headers = {"Content-Type": "application/json"}\n', ""),
    _GOOD.replace('json.dumps({"data": [[0.1, 0.2]]})', '{"data": [[0.1, 0.2]]}')
    .replace("import json\n\n", "")
    .replace("data=body", "json=body")
    .replace(", headers=headers", "")
    .replace('headers = {"Content-Type": "application/json"}\n', ""),
    "Pass the object as json=, or turn it into text with json.dumps.",
    f"{_SERVER}: a form reaches run() as an empty string",
    _CLIENT,
    fixable=True,
)
CONTENT_TYPE = Rule(
    "SD832",
    "information",
    "Request without a content type",
    "“Content-Type” is missing, and a service with a schema then answers 415.",
    "requests sets no content type for text. Scripts with @input_schema insist on application/json; others do not"
    " look.",
    _GOOD.replace(", headers=headers", "").replace('headers = {"Content-Type": "application/json"}\n', ""),
    _GOOD,
    "Give the header Content-Type with application/json, or pass the object as json=.",
    f"{_SERVER}: Expects Content-Type to be application/json",
    _CLIENT,
    fixable=True,
)
AUTHORIZATION = Rule(
    "SD833",
    "warning",
    "Header that does not authorize",
    "A space is missing between “Bearer” and the key.",
    "A service with keys or tokens answers 401 unless the header is Authorization: Bearer, a space, and the key.",
    _SERVICE.replace('"Bearer "', '"Bearer"'),
    _SERVICE,
    "Write Authorization and “Bearer ” with a space.",
    "Azure ML article “Consume a web service”",
    _CLIENT,
    fixable=True,
)
BOTH_KEYS = Rule(
    "SD841",
    "error",
    "Both keys at once",
    "get_keys() gives both keys; take one with “[0]”.",
    "Text and a pair of keys cannot be joined: Python raises TypeError at this line.",
    _SERVICE.replace("get_keys()[0]", "get_keys()"),
    _SERVICE,
    "Take the first key, or the text of the token.",
    "azureml-core 1.61, Webservice.get_keys and get_access_token",
    _CLIENT,
    fixable=True,
)
NOT_TEXT = Rule(
    "SD834",
    "error",
    "run() of a service is given an object",
    "service.run() sends an object as a form; give it JSON text.",
    "The SDK hands its argument to requests as data=, so only text and bytes arrive at the service as they are.",
    "from azureml.core import Workspace\nfrom azureml.core.webservice import AciWebservice\n\nservice ="
    ' AciWebservice(Workspace.from_config(), "diabetes-service")\nprint(service.run({"data": [[0.1, 0.2]]}))\n',
    "import json\nfrom azureml.core import Workspace\nfrom azureml.core.webservice import AciWebservice\n\nservice ="
    ' AciWebservice(Workspace.from_config(), "diabetes-service")\nprint(service.run(json.dumps({"data": [[0.1,'
    " 0.2]]})))\n",
    "Turn it into text with json.dumps.",
    "azureml-core 1.61, Webservice.run",
    _CLIENT,
    fixable=True,
)
ADDRESS = Rule(
    "SD835",
    "error",
    "Address that is not a URL",
    "“{address}” is not a whole address: without http:// or https:// at its beginning requests raises an error and"
    " sends nothing; write the scoring URI of the service.",
    "requests raises MissingSchema or InvalidSchema before anything is sent. What is still to be filled in, and what"
    " tests call, is left alone.",
    _GOOD.replace("http://localhost:6789/score", "localhost:6789/score"),
    _GOOD,
    "Write the whole address of the service, as scoring_uri gives it.",
    "requests documentation",
    _CLIENT,
    fixable=True,
)
NO_ROUTE = Rule(
    "SD836",
    "warning",
    "Request to the health route",
    "“{address}” only reports whether the service is running; send requests to /score.",
    "A POST to / is answered with 405, Method Not Allowed.",
    _GOOD.replace("6789/score", "6789"),
    _GOOD,
    "End the address with /score.",
    f"{_SERVER}: routes",
    _CLIENT,
    fixable=True,
)
PRINTED_SECRET = Rule(
    "SD837",
    "warning",
    "Secret is printed",
    "This prints {what}, which stays in logs and saved notebooks.",
    "Whoever reads the output can call the service or pull its images.",
    _SERVICE.replace("print(response.status_code)", "print(headers)\nprint(response.status_code)"),
    _SERVICE,
    "Do not print it.",
    "Azure ML article “Authentication”",
    _CLIENT,
    fixable=True,
)
WRITTEN_SECRET = Rule(
    "SD838",
    "warning",
    "Secret in the text",
    "A key is written in the file, where everybody who gets the file can read it.",
    "Keys belong in the environment or a key vault; in a repository they stay forever.",
    _SERVICE.replace('"Bearer " + service.get_keys()[0]', '"Bearer 8f0c1f5e2a7b4d6c9e3f1a2b3c4d5e6f"'),
    _SERVICE,
    "Read it from an environment variable, or ask the service for it.",
    "Azure ML article “Authentication”",
    _CLIENT,
)
PLACEHOLDER = Rule(
    "SD839",
    "information",
    "Placeholder is not replaced",
    "“{text}” is a placeholder; put the real value in its place.",
    "Examples say where your own value goes; Python takes the placeholder as the value.",
    'from azureml.core import Workspace\n\nws = Workspace.get("<my-workspace>",'
    ' subscription_id="5a3b8d2c-0d1e-4f9a-8a77-2f1f1a0c9e11", resource_group="models")\nprint(ws.name)\n',
    'from azureml.core import Workspace\n\nws = Workspace.get("ridge-workspace",'
    ' subscription_id="5a3b8d2c-0d1e-4f9a-8a77-2f1f1a0c9e11", resource_group="models")\nprint(ws.name)\n',
    "Write your own value.",
    "Azure ML articles: values in angle brackets are placeholders",
    _CLIENT,
)
NOTEBOOK = Rule(
    "SD840",
    "error",
    "Notebook that cannot be opened",
    "{problem}",
    "A notebook is one JSON object with a list of cells; with a mistake in the JSON no editor opens it.",
    '{"cells": [{"cell_type": "code", "metadata": {}, "source": ["import azureml.core\\n"], "outputs": [],'
    ' "execution_count": null},], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n',
    '{"cells": [{"cell_type": "code", "metadata": {}, "source": ["import azureml.core\\n"], "outputs": [],'
    ' "execution_count": null}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n',
    "Correct the JSON.",
    "Jupyter notebook format 4.5",
    World("deploy.ipynb"),
    fixable=True,
)

ARRAY_SENT = Rule(
    "SD842",
    "error",
    "Array in the body of a request",
    "{call} cannot turn the NumPy values here into JSON and raises TypeError; send what .tolist() gives.",
    "JSON has lists and numbers of its own. NumPy's arrays, whole numbers and truth values and pandas' frames are"
    " neither, so the request is never sent.",
    _GOOD.replace("import requests", "import numpy as np\nimport requests").replace(
        '{"data": [[0.1, 0.2]]}', '{"data": np.array([[0.1, 0.2]])}'
    ),
    _GOOD.replace("import requests", "import numpy as np\nimport requests").replace(
        '{"data": [[0.1, 0.2]]}', '{"data": np.array([[0.1, 0.2]]).tolist()}'
    ),
    'Convert it, for example with .tolist() or .to_dict(orient="records").',
    "Python documentation, json: what the encoder takes",
    _CLIENT,
    fixable=True,
)

OTHER_KEYS = Rule(
    "SD843",
    "warning",
    "Keys that the script does not read",
    "“{script}” reads {wanted} of the body, but {sent} is sent here; the request fails.",
    "run() takes what it needs from the body by its keys. A key that is not sent raises KeyError, or is answered as a"
    " missing argument where the script has a schema.",
    _GOOD.replace('{"data"', '{"inputs"'),
    _GOOD,
    "Send the keys that the script reads.",
    "Python documentation, dictionaries; inference-schema 1.8",
    World(
        "client.py",
        texts=(
            (
                "score.py",
                "import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
                '    return len(json.loads(data)["data"])\n',
            ),
        ),
    ),
    fixable=True,
)

RULES = (
    REQUEST,
    FORM,
    CONTENT_TYPE,
    AUTHORIZATION,
    BOTH_KEYS,
    NOT_TEXT,
    ADDRESS,
    NO_ROUTE,
    PRINTED_SECRET,
    WRITTEN_SECRET,
    PLACEHOLDER,
    NOTEBOOK,
    ARRAY_SENT,
    OTHER_KEYS,
)
