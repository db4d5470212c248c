"""The environments of `.http` files that lie around a file."""

from __future__ import annotations

from scoredock.context import Context, Operation, absolute
from scoredock.protocol import messages
from scoredock.scripts.request_environments import environment_names_around
from scoredock.verb import verb


@verb("request/environments", progress="Reading files", errors=("request-environment-invalid",))
def list_environments(
    params: messages.RequestFileParams, context: Context, operation: Operation
) -> messages.RequestEnvironments:
    """Names of the environments of a file or of the files beside a script."""
    return messages.RequestEnvironments(environment_names_around(absolute(params.path), context))
