"""Rules SD830 to SD849: clients that send requests to a service, what they print, and cells of notebooks."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_SERVER = "azureml-inference-server-http 1.5.1"
_CLIENT = World("client.py")

REQUEST = Rule(
    code="SD830",
    severity="error",
    title="request instead of requests",
    message="“{name}” does not exist here; the package is called “requests”.",
    why="Python raises NameError or ModuleNotFoundError at this line.",
    fix="Write requests.",
    source="requests documentation",
    world=_CLIENT,
    fixable=True,
)
FORM = Rule(
    code="SD831",
    severity="warning",
    title="Object sent as a form",
    message="data= sends an object as a form, and run() gets an empty text; pass it as json=.",
    why="Only text and bytes are sent as they are. The server consumes a form before the script sees it.",
    fix="Pass the object as json=, or turn it into text with json.dumps.",
    source=f"{_SERVER}: a form reaches run() as an empty string",
    world=_CLIENT,
    fixable=True,
)
CONTENT_TYPE = Rule(
    code="SD832",
    severity="information",
    title="Request without a content type",
    message="“Content-Type” is missing, and a service with a schema then answers 415.",
    why=(
        "requests sets no content type for text. Scripts with @input_schema insist on application/json; others do not"
        " look."
    ),
    fix="Give the header Content-Type with application/json, or pass the object as json=.",
    source=f"{_SERVER}: Expects Content-Type to be application/json",
    world=_CLIENT,
    fixable=True,
)
AUTHORIZATION = Rule(
    code="SD833",
    severity="warning",
    title="Header that does not authorize",
    message="A space is missing between “Bearer” and the key.",
    why="A service with keys or tokens answers 401 unless the header is Authorization: Bearer, a space, and the key.",
    fix="Write Authorization and “Bearer ” with a space.",
    source="Azure ML article “Consume a web service”",
    world=_CLIENT,
    fixable=True,
)
BOTH_KEYS = Rule(
    code="SD841",
    severity="error",
    title="Both keys at once",
    message="get_keys() gives both keys; take one with “[0]”.",
    why="Text and a pair of keys cannot be joined: Python raises TypeError at this line.",
    fix="Take the first key, or the text of the token.",
    source="azureml-core 1.61, Webservice.get_keys and get_access_token",
    world=_CLIENT,
    fixable=True,
)
NOT_TEXT = Rule(
    code="SD834",
    severity="error",
    title="run() of a service is given an object",
    message="service.run() sends an object as a form; give it JSON text.",
    why="The SDK hands its argument to requests as data=, so only text and bytes arrive at the service as they are.",
    fix="Turn it into text with json.dumps.",
    source="azureml-core 1.61, Webservice.run",
    world=_CLIENT,
    fixable=True,
)
ADDRESS = Rule(
    code="SD835",
    severity="error",
    title="Address that is not a URL",
    message=(
        "“{address}” is not a whole address: without http:// or https:// at its beginning requests raises an error and"
        " sends nothing; write the scoring URI of the service."
    ),
    why=(
        "requests raises MissingSchema or InvalidSchema before anything is sent. What is still to be filled in, and"
        " what tests call, is left alone."
    ),
    fix="Write the whole address of the service, as scoring_uri gives it.",
    source="requests documentation",
    world=_CLIENT,
    fixable=True,
)
NO_ROUTE = Rule(
    code="SD836",
    severity="warning",
    title="Request to the health route",
    message="“{address}” only reports whether the service is running; send requests to /score.",
    why="A POST to / is answered with 405, Method Not Allowed.",
    fix="End the address with /score.",
    source=f"{_SERVER}: routes",
    world=_CLIENT,
    fixable=True,
)
PRINTED_SECRET = Rule(
    code="SD837",
    severity="warning",
    title="Secret is printed",
    message="This prints {what}, which stays in logs and saved notebooks.",
    why="Whoever reads the output can call the service or pull its images.",
    fix="Do not print it.",
    source="Azure ML article “Authentication”",
    world=_CLIENT,
    fixable=True,
)
WRITTEN_SECRET = Rule(
    code="SD838",
    severity="warning",
    title="Secret in the text",
    message="A key is written in the file, where everybody who gets the file can read it.",
    why="Keys belong in the environment or a key vault; in a repository they stay forever.",
    fix="Read it from an environment variable, or ask the service for it.",
    source="Azure ML article “Authentication”",
    world=_CLIENT,
)
PLACEHOLDER = Rule(
    code="SD839",
    severity="information",
    title="Placeholder is not replaced",
    message="“{text}” is a placeholder; put the real value in its place.",
    why="Examples say where your own value goes; Python takes the placeholder as the value.",
    fix="Write your own value.",
    source="Azure ML articles: values in angle brackets are placeholders",
    world=_CLIENT,
)
NOTEBOOK = Rule(
    code="SD840",
    severity="error",
    title="Notebook that cannot be opened",
    message="{problem}",
    why="A notebook is one JSON object with a list of cells; with a mistake in the JSON no editor opens it.",
    fix="Correct the JSON.",
    source="Jupyter notebook format 4.5",
    world=World("deploy.ipynb"),
    fixable=True,
)

ARRAY_SENT = Rule(
    code="SD842",
    severity="error",
    title="Array in the body of a request",
    message="{call} cannot turn the NumPy values here into JSON and raises TypeError; send what .tolist() gives.",
    why=(
        "JSON has lists and numbers of its own. NumPy's arrays, whole numbers and truth values and pandas' frames are"
        " neither, so the request is never sent."
    ),
    fix='Convert it, for example with .tolist() or .to_dict(orient="records").',
    source="Python documentation, json: what the encoder takes",
    world=_CLIENT,
    fixable=True,
)

OTHER_KEYS = Rule(
    code="SD843",
    severity="warning",
    title="Keys that the script does not read",
    message="“{script}” reads {wanted} of the body, but {sent} is sent here; the request fails.",
    why=(
        "run() takes what it needs from the body by its keys. A key that is not sent raises KeyError, or is answered as"
        " a missing argument where the script has a schema."
    ),
    fix="Send the keys that the script reads.",
    source="Python documentation, dictionaries; inference-schema 1.8",
    world=World(
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
