"""Rules SD118, SD132 to SD134, SD145 and SD149: how init() and run() are defined, and how their code flows."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule, Rule

_SERVER = "azureml-inference-server-http 1.5.1"
_HEAD = "import json\n\n\ndef init():\n    pass\n\n\n"
_RUN = 'def run(data):\n    return {"rows": len(json.loads(data)["data"])}\n'
_GOOD = _HEAD + _RUN
_COUNTING = (
    'import json\n\ncount = 0\n\n\ndef init():\n    pass\n\n\ndef run(data):\n{0}    count += 1\n    return {{"rows":'
    ' len(json.loads(data)["data"]), "count": count}}\n'
)
_HEADERS = (
    'def init():\n    pass\n\n\ndef run(data, request_headers):\n    return {{"size": len(data), "type":'
    ' request_headers["{0}"]}}\n'
)
_FALLING = (
    'import json\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    try:\n        return {{"rows":'
    ' len(json.loads(data)["data"])}}\n    except KeyError as error:\n        print("no rows", error)\n{0}'
)
_LEAVING = (
    'import json\n{0}\n\ndef init():\n    pass\n\n\ndef run(data):\n    rows = json.loads(data)["data"]\n    if not'
    ' rows:\n        {1}\n    return {{"rows": len(rows)}}\n'
)

UNBOUND = Rule(
    "SD118",
    "error",
    "Read before it is assigned",
    "“{name}” is local to {function}() because it is assigned there, and has no value yet here.",
    "An assignment anywhere in a function makes the name local to all of it, unless the function declares it global."
    " This line raises UnboundLocalError.",
    _COUNTING.format(""),
    _COUNTING.format("    global count\n"),
    "Add a global statement at the top of the function, or use another name.",
    "Python language reference, naming and binding",
    fixable=True,
)
SHADOWED = EntryScriptRule(
    "SD132",
    "error",
    "Function is overwritten",
    "“{name}” becomes {what} here, so the server finds no function {name}().",
    "The server takes whatever the name means when the script has been read to its end; an assignment below the"
    " function replaces it.",
    _GOOD + "\n\nrun = None\n",
    _GOOD,
    "Give the value another name.",
    f"{_SERVER}: how run() is found",
    fixable=True,
)
BELOW_GUARD = EntryScriptRule(
    "SD133",
    "error",
    "Function below the main guard",
    "{name}() is defined only when the file is executed directly; the server does not find it.",
    "The server imports the script, so __name__ is not __main__ there and the block is skipped.",
    _HEAD
    + 'if __name__ == "__main__":\n\n    def run(data):\n        return {"rows": len(json.loads(data)["data"])}\n\n   '
    " init()\n",
    _GOOD + '\n\nif __name__ == "__main__":\n    init()\n',
    "Define it at the top level of the script.",
    f"{_SERVER}: no run() function defined",
    fixable=True,
)
HEADER_NAME = EntryScriptRule(
    "SD134",
    "error",
    "Header name is spelled differently",
    "“{name}” is not in “request_headers”; the keys are written like “{wanted}”.",
    "The headers arrive as a plain dictionary with Capitalised-Names, and the keys of a dictionary are case-sensitive.",
    _HEADERS.format("content-type"),
    _HEADERS.format("Content-Type"),
    "Write the name with capitals.",
    f"{_SERVER}: request_headers is dict(request.headers)",
    fixable=True,
)
FALLS_THROUGH = EntryScriptRule(
    "SD145",
    "warning",
    "Path without a return",
    "On this path run() ends without a return, and the caller gets an empty object with status 200.",
    "None becomes an empty object. A client takes it for a response, and nobody notices the failure.",
    _FALLING.format(""),
    _FALLING.format("        raise\n"),
    "Return a response there, or raise an exception.",
    f"{_SERVER}: None is answered as {{}}",
    fixable=True,
)
LEAVES = EntryScriptRule(
    "SD149",
    "warning",
    "Script ends the process",
    "{call} ends the process that serves all callers; raise an exception instead.",
    "In run() the caller gets an HTML page with status 500 and no log line says why; in init() the service does not"
    " start.",
    _LEAVING.format("import sys\n", 'sys.exit("no rows")'),
    _LEAVING.format("", 'raise RuntimeError("no rows")'),
    "Raise an exception that says what is wrong.",
    f"{_SERVER}: SystemExit in run() is not caught",
    fixable=True,
)

RULES = (UNBOUND, SHADOWED, BELOW_GUARD, HEADER_NAME, FALLS_THROUGH, LEAVES)
