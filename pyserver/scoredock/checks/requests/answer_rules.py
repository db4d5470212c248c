"""Rules SD119 and SD185 to SD188: answers that arrive in another form than meant, and the body taken for what it is
not."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule

_SERVER = "azureml-inference-server-http 1.5.1"

TUPLE = EntryScriptRule(
    code="SD119",
    severity="warning",
    title="Status code returned beside the body",
    message="This is returned as a JSON list with status 200; the number is not used as the status.",
    why="A tuple of body and status is a habit of Flask. The server turns the tuple into a JSON list.",
    fix="Return AMLResponse(body, status, json_str=True).",
    source=f"{_SERVER}: the return value of run()",
    fixable=True,
)
NOT_DECODED = EntryScriptRule(
    code="SD185",
    severity="error",
    title="Text used as an object",
    message="“{name}” is the body as text; a text has no key “{key}”.",
    why=(
        "Without @input_schema run() gets the body just as it was sent. Python raises TypeError or AttributeError here"
        " at every request."
    ),
    fix="Decode it with json.loads first, or describe it with @input_schema.",
    source=f"{_SERVER}: how run() is called",
    fixable=True,
)
TEXT_PREDICTED = EntryScriptRule(
    code="SD186",
    severity="warning",
    title="Model gets text",
    message="“{name}” is the body as text; {call} probably needs rows of numbers.",
    why="Without @input_schema run() gets the body just as it was sent, and models want rows of numbers.",
    fix="Decode it with json.loads first, or describe it with @input_schema.",
    source=f"{_SERVER}: how run() is called",
    fixable=True,
)
ENCODED_TWICE = EntryScriptRule(
    code="SD187",
    severity="hint",
    title="Response is encoded twice",
    message="The caller gets a JSON text that holds JSON, and has to decode it twice.",
    why="The server turns whatever run() returns into JSON, so a text that is JSON already is put in quotes.",
    fix="Return the object itself, unless clients count on the text.",
    source=f"{_SERVER}: the return value is given to json.dumps",
    fixable=True,
)
NOT_A_NUMBER = EntryScriptRule(
    code="SD188",
    severity="warning",
    title="Number that JSON does not have",
    message="“{what}” is written as {word}, which is not JSON; many clients refuse the whole response.",
    why="Python writes it without an error, but JSON knows neither NaN nor Infinity.",
    fix="Return None, which becomes null.",
    source="Python documentation, json: NaN, Infinity",
    fixable=True,
)
OF_DECODED = EntryScriptRule(
    code="SD189",
    severity="error",
    title="Attribute of decoded JSON",
    message='json.loads() gives a dictionary or a list, which has no “{name}”; write ["{name}"].',
    why="A key of a dictionary is not an attribute in Python. This raises AttributeError at every request.",
    fix="Write the key in brackets.",
    source="Python documentation, json.loads",
    fixable=True,
)

RULES = (TUPLE, NOT_DECODED, TEXT_PREDICTED, ENCODED_TWICE, NOT_A_NUMBER, OF_DECODED)
