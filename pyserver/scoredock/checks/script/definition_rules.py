"""Rules SD118, SD132 to SD134, SD145 and SD149: how init() and run() are defined, and how their code flows."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule, Rule

_SERVER = "azureml-inference-server-http 1.5.1"

UNBOUND = Rule(
    code="SD118",
    severity="error",
    title="Read before it is assigned",
    message="“{name}” is local to {function}() because it is assigned there, and has no value yet here.",
    why=(
        "An assignment anywhere in a function makes the name local to all of it, unless the function declares it"
        " global. This line raises UnboundLocalError."
    ),
    fix="Add a global statement at the top of the function, or use another name.",
    source="Python language reference, naming and binding",
    fixable=True,
)
SHADOWED = EntryScriptRule(
    code="SD132",
    severity="error",
    title="Function is overwritten",
    message="“{name}” becomes {what} here, so the server finds no function {name}().",
    why=(
        "The server takes whatever the name means when the script has been read to its end; an assignment below the"
        " function replaces it."
    ),
    fix="Give the value another name.",
    source=f"{_SERVER}: how run() is found",
    fixable=True,
)
BELOW_GUARD = EntryScriptRule(
    code="SD133",
    severity="error",
    title="Function below the main guard",
    message="{name}() is defined only when the file is executed directly; the server does not find it.",
    why="The server imports the script, so __name__ is not __main__ there and the block is skipped.",
    fix="Define it at the top level of the script.",
    source=f"{_SERVER}: no run() function defined",
    fixable=True,
)
HEADER_NAME = EntryScriptRule(
    code="SD134",
    severity="error",
    title="Header name is spelled differently",
    message="“{name}” is not in “request_headers”; the keys are written like “{wanted}”.",
    why=(
        "The headers arrive as a plain dictionary with Capitalised-Names, and the keys of a dictionary are"
        " case-sensitive."
    ),
    fix="Write the name with capitals.",
    source=f"{_SERVER}: request_headers is dict(request.headers)",
    fixable=True,
)
FALLS_THROUGH = EntryScriptRule(
    code="SD145",
    severity="warning",
    title="Path without a return",
    message="On this path run() ends without a return, and the caller gets an empty object with status 200.",
    why="None becomes an empty object. A client takes it for a response, and nobody notices the failure.",
    fix="Return a response there, or raise an exception.",
    source=f"{_SERVER}: None is answered as {{}}",
    fixable=True,
)
LEAVES = EntryScriptRule(
    code="SD149",
    severity="warning",
    title="Script ends the process",
    message="{call} ends the process that serves all callers; raise an exception instead.",
    why=(
        "In run() the caller gets an HTML page with status 500 and no log line says why; in init() the service does not"
        " start."
    ),
    fix="Raise an exception that says what is wrong.",
    source=f"{_SERVER}: SystemExit in run() is not caught",
    fixable=True,
)

RULES = (UNBOUND, SHADOWED, BELOW_GUARD, HEADER_NAME, FALLS_THROUGH, LEAVES)
