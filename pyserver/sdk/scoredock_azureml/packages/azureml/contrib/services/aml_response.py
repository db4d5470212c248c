"""`AMLResponse`: what a script of raw HTTP answers with."""

from __future__ import annotations

import json
from typing import Any, Mapping

try:
    from flask import Response as _Response  # type: ignore[import-not-found, unused-ignore]
except ImportError:

    class _Response:  # type: ignore[no-redef, unused-ignore]
        """Response with the parts of Flask's that scripts use by hand, if Flask is not installed."""

        def __init__(self, response: Any = b"", status: int = 200, mimetype: str = "text/html") -> None:
            self.data = response.encode("utf-8") if isinstance(response, str) else bytes(response)
            self.status_code = status
            self.mimetype = mimetype
            self.headers = {"Content-Type": mimetype}

        def get_data(self, as_text: bool = False) -> Any:
            """The body."""
            return self.data.decode("utf-8") if as_text else self.data


__all__ = ["AMLResponse"]


class AMLResponse(_Response):
    """A response, with the arguments of v1."""

    def __init__(
        self,
        message: Any,
        status_code: int,
        response_headers: Mapping[str, str] = {},
        json_str: bool = False,
        run_function_failed: bool = False,
    ) -> None:
        if message is None or json_str:
            super().__init__(
                json.dumps({} if message is None else message), status=status_code, mimetype="application/json"
            )
        else:
            super().__init__(message, status=status_code)
        self.headers.update({**response_headers, "x-ms-run-function-failed": str(run_function_failed)})
