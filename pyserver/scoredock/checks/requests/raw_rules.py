"""Rules SD136, SD144 and SD146 to SD148: scripts that take the HTTP request itself, and where decorators come from."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule

_SERVER = "azureml-inference-server-http 1.5.1"
_RAW = (
    "from azureml.contrib.services.aml_request import rawhttp\nfrom azureml.contrib.services.aml_response import"
    " AMLResponse\n\n\ndef init():\n    pass\n\n\n@rawhttp\ndef run(request):\n"
)
_SIZE = "    return AMLResponse({0}, json_str=True)\n"
_CORS = (
    '    response = AMLResponse(request.get_data(), 200)\n    response.headers["Access-Control-Allow-Origin"] = "*"\n  '
    "  return response\n"
)
_PREFLIGHT = (
    '    if request.method == "OPTIONS":\n        return AMLResponse("", 200, {"Access-Control-Allow-Origin": "*",'
    ' "Access-Control-Allow-Methods": "GET, POST"})\n'
)
_SCHEMA = (
    "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType\nfrom"
    " inference_schema.schema_decorators import input_schema\n\n\n{0}def init():\n    pass\n\n\n{1}def run(data):\n   "
    " return sum(data)\n"
)
_DECORATOR = '@input_schema("data", StandardPythonParameterType([1.0]))\n'

ELSEWHERE = EntryScriptRule(
    "SD136",
    "error",
    "Decorator on another function",
    "@input_schema belongs to run(); on {name}() the server calls it without an argument and fails.",
    "The server looks at the schemas of run() alone, and rawhttp counts for the whole script wherever it stands.",
    _SCHEMA.format(_DECORATOR, ""),
    _SCHEMA.format("", _DECORATOR),
    "Put it above run().",
    "inference-schema 1.8; azureml-contrib-services 1.62",
    fixable=True,
)
PREFLIGHT = EntryScriptRule(
    "SD144",
    "hint",
    "Preflight request is not handled",
    "A browser sends an OPTIONS request first, and this script handles it like any other request.",
    "Before it sends JSON from another site, a browser sends an OPTIONS request without a body and wants status 200"
    " with the CORS headers.",
    _RAW + _CORS,
    _RAW + _PREFLIGHT + _CORS,
    'Handle request.method == "OPTIONS" before anything else.',
    "Azure ML article “Advanced entry script authoring”: CORS",
    fixable=True,
)
WRONG_MODULE = EntryScriptRule(
    "SD146",
    "error",
    "Imported from the wrong module",
    "“{name}” is not in this module; import it from “{module}”.",
    "The import raises ImportError when the script is read, so the service does not start.",
    _RAW.replace("services.aml_response", "services.aml_request") + _SIZE.format("len(request.get_data()), 200"),
    _RAW + _SIZE.format("len(request.get_data()), 200"),
    "Import it from there.",
    "azureml-contrib-services 1.62; inference-schema 1.8",
    fixable=True,
)
RESPONSE_ARGUMENTS = EntryScriptRule(
    "SD147",
    "error",
    "AMLResponse without a status",
    "AMLResponse() takes the message and then the status code; the status code is missing.",
    "This raises TypeError when the line runs, and the caller gets status 500.",
    _RAW + "    return AMLResponse(request.get_data())\n",
    _RAW + "    return AMLResponse(request.get_data(), 200)\n",
    "Write AMLResponse(message, 200).",
    "azureml-contrib-services 1.62: AMLResponse(message, status_code)",
    fixable=True,
)
RESPONSE_OBJECT = EntryScriptRule(
    "SD148",
    "warning",
    "AMLResponse of an object",
    "AMLResponse() without json_str=True sends the keys of the dictionary one after the other, not JSON.",
    "The message is handed to Flask as it is, which takes text or bytes and iterates over anything else.",
    _RAW + '    return AMLResponse({"size": len(request.get_data())}, 200)\n',
    _RAW + '    return AMLResponse({"size": len(request.get_data())}, 200, json_str=True)\n',
    "Add json_str=True, or give it json.dumps(...).",
    "azureml-contrib-services 1.62; Flask documentation, Response",
    fixable=True,
)

RULES = (ELSEWHERE, PREFLIGHT, WRONG_MODULE, RESPONSE_ARGUMENTS, RESPONSE_OBJECT)
