"""What deploying a file or folder would fill in."""

from __future__ import annotations

from scoredock.context import Context, Operation, absolute
from scoredock.protocol import messages
from scoredock.scripts.proposal import proposal
from scoredock.scripts.proposed_script import refuse_batches
from scoredock.verb import CliCommand, argument, verb


@verb(
    "service/propose",
    progress="Looking at files",
    errors=("file-not-found", "script-invalid", "model-not-found"),
    terminal=CliCommand(
        "service propose",
        "Show what deploying a file or folder would fill in.",
        (argument("path", help="entry script, configuration or folder", nargs="?", default="."),),
        ("scoredock service propose examples/diabetes",),
    ),
)
def propose(params: messages.ServiceProposeParams, context: Context, operation: Operation) -> messages.ServiceProposal:
    """What Deploy proposes. Raises file-not-found, script-invalid where a batch script is to be deployed, and
    `no-code-…` and model-not-found for a model that is to be served without code."""
    if not params.without_code:
        refuse_batches(absolute(params.path), context)
    return proposal(params, context)
