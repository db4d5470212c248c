"""`azureml.contrib.services.aml_response`: what a raw-HTTP script answers with."""

import json
from typing import Any, Mapping

from scoredock_runtime.shims.flask_classes import Response


class AMLResponse(Response):
    """A response; commas in a header's value make several headers of it, as in v1.

    Raises AttributeError for a header whose value is not text, as there."""

    def __init__(
        self,
        message: Any,
        status_code: int,
        response_headers: Mapping[str, str] = {},
        json_str: bool = False,
        run_function_failed: bool = False,
    ) -> None:
        if message is None or json_str:
            text = json.dumps({} if message is None else message)
            super().__init__(text, status=status_code, mimetype="application/json")
        else:
            super().__init__(message, status=status_code)
            # Only for this spelling and only here; otherwise v1 sends both types, and so do we.
            if "Content-Type" in response_headers:
                self.headers.remove("Content-Type")
        self.headers["x-ms-run-function-failed"] = str(run_function_failed)
        for name, value in response_headers.items():
            for part in value.split(","):
                self.headers.add(name, part.strip())


AMLResponse.__module__ = "azureml_inference_server_http.api.aml_response"

__all__ = ["AMLResponse"]
