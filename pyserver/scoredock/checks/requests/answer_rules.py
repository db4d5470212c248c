"""Rules SD119 and SD185 to SD188: answers that arrive in another form than meant, and the body taken for what it is
not."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule

_SERVER = "azureml-inference-server-http 1.5.1"
_HEAD = "import json\n{0}\n\ndef init():\n    pass\n\n\ndef run(data):\n"
_PLAIN = _HEAD.format("")
_LOADED = (
    "import json\nimport os\n\nimport joblib\n\n\ndef init():\n    global model\n    model ="
    ' joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))\n\n\ndef run(data):\n'
)
_CHECKED = (
    '    rows = json.loads(data)["data"]\n    if not rows:\n        return {0}\n    return {{"rows": len(rows)}}\n'
)
_RESPONSE = "from azureml.contrib.services.aml_response import AMLResponse\n"

TUPLE = EntryScriptRule(
    "SD119",
    "warning",
    "Status code returned beside the body",
    "This is returned as a JSON list with status 200; the number is not used as the status.",
    "A tuple of body and status is a habit of Flask. The server turns the tuple into a JSON list.",
    _PLAIN + _CHECKED.format('{"error": "no rows"}, 400'),
    _RESPONSE + _PLAIN + _CHECKED.format('AMLResponse({"error": "no rows"}, 400, json_str=True)'),
    "Return AMLResponse(body, status, json_str=True).",
    f"{_SERVER}: the return value of run()",
    fixable=True,
)
NOT_DECODED = EntryScriptRule(
    "SD185",
    "error",
    "Text used as an object",
    "“{name}” is the body as text; a text has no key “{key}”.",
    "Without @input_schema run() gets the body just as it was sent. Python raises TypeError or AttributeError here at"
    " every request.",
    'def init():\n    pass\n\n\ndef run(data):\n    return {"rows": len(data["data"])}\n',
    _PLAIN + '    return {"rows": len(json.loads(data)["data"])}\n',
    "Decode it with json.loads first, or describe it with @input_schema.",
    f"{_SERVER}: how run() is called",
    fixable=True,
)
TEXT_PREDICTED = EntryScriptRule(
    "SD186",
    "warning",
    "Model gets text",
    "“{name}” is the body as text; {call} probably needs rows of numbers.",
    "Without @input_schema run() gets the body just as it was sent, and models want rows of numbers.",
    _LOADED.replace("import json\n", "", 1) + "    return model.predict(data).tolist()\n",
    _LOADED + '    return model.predict(json.loads(data)["data"]).tolist()\n',
    "Decode it with json.loads first, or describe it with @input_schema.",
    f"{_SERVER}: how run() is called",
    fixable=True,
)
ENCODED_TWICE = EntryScriptRule(
    "SD187",
    "hint",
    "Response is encoded twice",
    "The caller gets a JSON text that holds JSON, and has to decode it twice.",
    "The server turns whatever run() returns into JSON, so a text that is JSON already is put in quotes.",
    _PLAIN + '    return json.dumps({"rows": len(json.loads(data)["data"])})\n',
    _PLAIN + '    return {"rows": len(json.loads(data)["data"])}\n',
    "Return the object itself, unless clients count on the text.",
    f"{_SERVER}: the return value is given to json.dumps",
    fixable=True,
)
NOT_A_NUMBER = EntryScriptRule(
    "SD188",
    "warning",
    "Number that JSON does not have",
    "“{what}” is written as {word}, which is not JSON; many clients refuse the whole response.",
    "Python writes it without an error, but JSON knows neither NaN nor Infinity.",
    _PLAIN
    + '    rows = json.loads(data)["data"]\n    return {"mean": sum(rows) / len(rows) if rows else float("nan")}\n',
    _PLAIN + '    rows = json.loads(data)["data"]\n    return {"mean": sum(rows) / len(rows) if rows else None}\n',
    "Return None, which becomes null.",
    "Python documentation, json: NaN, Infinity",
    fixable=True,
)
OF_DECODED = EntryScriptRule(
    "SD189",
    "error",
    "Attribute of decoded JSON",
    'json.loads() gives a dictionary or a list, which has no “{name}”; write ["{name}"].',
    "A key of a dictionary is not an attribute in Python. This raises AttributeError at every request.",
    _PLAIN + '    body = json.loads(data)\n    return {"rows": len(body.rows)}\n',
    _PLAIN + '    body = json.loads(data)\n    return {"rows": len(body["data"])}\n',
    "Write the key in brackets.",
    "Python documentation, json.loads",
    fixable=True,
)

RULES = (TUPLE, NOT_DECODED, TEXT_PREDICTED, ENCODED_TWICE, NOT_A_NUMBER, OF_DECODED)
