"""`azureml.contrib.services.aml_response`: what a raw-HTTP script answers with."""

from __future__ import annotations

import json
from typing import Any, Mapping, Optional

try:
    from flask import Response as _Response
except ImportError:
    from scoredock_runtime.shims.http_messages import HttpResponse as _Response  # type: ignore[assignment]


class AMLResponse(_Response):
    """A response; commas in a header's value make several headers of it, as in v1."""

    def __init__(
        self,
        message: Any,
        status_code: int,
        response_headers: Optional[Mapping[str, str]] = None,
        json_str: bool = False,
        run_function_failed: bool = False,
    ) -> None:
        if message is None or json_str:
            text = json.dumps({} if message is None else message)
            super().__init__(text, status=status_code, mimetype="application/json")
        else:
            super().__init__(message, status=status_code)
        given = dict(response_headers or {})
        if any(name.lower() == "content-type" for name in given):
            self.headers.remove("Content-Type")
        self.headers["x-ms-run-function-failed"] = str(bool(run_function_failed))
        for name, value in given.items():
            for part in str(value).split(","):
                self.headers.add(name, part.strip())


__all__ = ["AMLResponse"]
