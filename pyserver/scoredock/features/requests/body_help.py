"""Help with the body of a request to a service, while it is written."""

from __future__ import annotations

from scoredock.context import Context, Operation
from scoredock.protocol import messages
from scoredock.verb import verb


@verb(
    "request/complete",
    progress="Reading description",
    errors=("service-unreachable", "service-not-found"),
)
def complete(params: messages.RequestCompleteParams, context: Context, operation: Operation) -> messages.BodyProposals:
    """Proposals for what may stand at the caret."""
    from scoredock.services.access.body_help import proposals_at

    schema, samples = context.deployments(params.workspace_id).client.body_knowledge(params.name, params.route)
    found = proposals_at(params.before, schema, samples)
    items = [messages.BodyProposal(each.label, each.text, each.detail) for each in found.items]
    return messages.BodyProposals(items, found.typed)


@verb(
    "request/form",
    progress="Reading description",
    errors=("service-unreachable", "service-not-found"),
)
def form(params: messages.RequestFormParams, context: Context, operation: Operation) -> messages.BodyForm:
    """The values of a body as fields."""
    from scoredock.services.access.body_help import form_of

    schema, _ = context.deployments(params.workspace_id).client.body_knowledge(params.name, params.route)
    found = form_of(params.body, schema)
    fields = [
        messages.BodyFormField(each.label, each.kind, each.value, each.start, each.end, list(each.choices))
        for each in found.fields
    ]
    return messages.BodyForm(fields, found.reason)
