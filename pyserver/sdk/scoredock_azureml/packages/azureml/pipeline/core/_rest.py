"""The REST endpoint of published pipelines: on this machine alone, as long as the script that published them runs.

Who knows an address may submit the pipeline; its last part cannot be guessed.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any, Callable, Dict, List

from azureml._scoredock import threads
from azureml.exceptions import AzureMLException

if TYPE_CHECKING:
    from azureml.pipeline.core.run import PipelineRun

_MOST_BYTES = 1_000_000
_PATH = "/pipelines/v1.0/PipelineRuns/PipelineSubmit/"
_PIPELINES: "Dict[str, Callable[[Dict[str, Any]], PipelineRun]]" = {}
"""What submits the pipeline of an id, given the body of a request."""
_SERVERS: List[HTTPServer] = []
"""The one of this process, once somebody wanted an address."""


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True


class _Requests(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Submits the pipeline of the address, and answers with the id of its run."""
        submit = _PIPELINES.get(self.path[len(_PATH) :]) if self.path.startswith(_PATH) else None
        if submit is None:
            return self._answer(404, _error("NotFound", "No pipeline of this script has this address."))
        try:
            size = int(self.headers.get("Content-Length") or 0)
            document = json.loads(self.rfile.read(max(0, min(size, _MOST_BYTES))) or b"{}")
        except ValueError:
            document = None
        if not isinstance(document, dict) or not document.get("ExperimentName"):
            sentence = 'The body must be a JSON object with "ExperimentName", and may have "ParameterAssignments".'
            return self._answer(400, _error("UserError", sentence))
        try:
            run = submit(document)
        except AzureMLException as error:
            return self._answer(400, _error("UserError", error.message))
        except (AttributeError, KeyError, TypeError) as error:  # of what parameters_of reads
            return self._answer(400, _error("UserError", f"The body is not as v1 has it: {error!r}."))
        return self._answer(200, {"Id": run.id, "Status": {"StatusCode": run.status}, "Description": None})

    def _answer(self, status: int, document: Dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the run says what it does."""


def _error(code: str, message: str) -> Dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def address_of(id: str, submit: "Callable[[Dict[str, Any]], PipelineRun]") -> str:
    """Address where a request submits this pipeline, from now until the script ends."""
    _PIPELINES[id] = submit
    if not _SERVERS:
        server = _Server(("127.0.0.1", 0), _Requests)
        _SERVERS.append(server)
        threads.start(server.serve_forever, name="scoredock-pipelines", at_fault=lambda _: _SERVERS.clear())
    return f"http://127.0.0.1:{_SERVERS[0].server_address[1]}{_PATH}{id}"


def tags_of(document: Dict[str, Any]) -> Dict[str, str]:
    """The tags that a request gives to the run; names in its body may be written in any case, as in Azure."""
    tags = next((value for name, value in document.items() if name.lower() == "tags"), None) or {}
    return {str(name): str(value) for name, value in tags.items()}


def parameters_of(document: Dict[str, Any], workspace: Any) -> Dict[str, Any]:
    """The values that a request gives to the parameters of a pipeline. Raises UserErrorException."""
    from azureml.core.dataset import Dataset
    from azureml.core.datastore import Datastore
    from azureml.data.datapath import DataPath

    values: Dict[str, Any] = dict(document.get("ParameterAssignments") or {})
    for name, place in (document.get("DataPathAssignments") or {}).items():
        store = Datastore.get(workspace, place.get("DataStoreName"))
        values[name] = DataPath(store, place.get("RelativePath"))
    for name, reference in (document.get("DataSetDefinitionValueAssignments") or {}).items():
        values[name] = Dataset.get_by_id(workspace, str(reference["SavedDataSetReference"]["Id"]))
    return values
