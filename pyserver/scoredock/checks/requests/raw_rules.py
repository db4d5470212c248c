"""Rules SD136, SD144 and SD146 to SD148: scripts that take the HTTP request itself, and where decorators come from."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule

ELSEWHERE = EntryScriptRule(
    code="SD136",
    severity="error",
    title="Decorator on another function",
    message="@input_schema belongs to run(); on {name}() the server calls it without an argument and fails.",
    why="The server looks at the schemas of run() alone, and rawhttp counts for the whole script wherever it stands.",
    fix="Put it above run().",
    source="inference-schema 1.8; azureml-contrib-services 1.62",
    fixable=True,
)
PREFLIGHT = EntryScriptRule(
    code="SD144",
    severity="hint",
    title="Preflight request is not handled",
    message="A browser sends an OPTIONS request first, and this script handles it like any other request.",
    why=(
        "Before it sends JSON from another site, a browser sends an OPTIONS request without a body and wants status 200"
        " with the CORS headers."
    ),
    fix='Handle request.method == "OPTIONS" before anything else.',
    source="Azure ML article “Advanced entry script authoring”: CORS",
    fixable=True,
)
WRONG_MODULE = EntryScriptRule(
    code="SD146",
    severity="error",
    title="Imported from the wrong module",
    message="“{name}” is not in this module; import it from “{module}”.",
    why="The import raises ImportError when the script is read, so the service does not start.",
    fix="Import it from there.",
    source="azureml-contrib-services 1.62; inference-schema 1.8",
    fixable=True,
)
RESPONSE_ARGUMENTS = EntryScriptRule(
    code="SD147",
    severity="error",
    title="AMLResponse without a status",
    message="AMLResponse() takes the message and then the status code; the status code is missing.",
    why="This raises TypeError when the line runs, and the caller gets status 500.",
    fix="Write AMLResponse(message, 200).",
    source="azureml-contrib-services 1.62: AMLResponse(message, status_code)",
    fixable=True,
)
RESPONSE_OBJECT = EntryScriptRule(
    code="SD148",
    severity="warning",
    title="AMLResponse of an object",
    message="AMLResponse() without json_str=True sends the keys of the dictionary one after the other, not JSON.",
    why="The message is handed to Flask as it is, which takes text or bytes and iterates over anything else.",
    fix="Add json_str=True, or give it json.dumps(...).",
    source="azureml-contrib-services 1.62; Flask documentation, Response",
    fixable=True,
)

RULES = (ELSEWHERE, PREFLIGHT, WRONG_MODULE, RESPONSE_ARGUMENTS, RESPONSE_OBJECT)
