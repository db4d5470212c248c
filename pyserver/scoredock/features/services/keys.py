"""Keys and tokens that open a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoredock.context import Context, Operation
from scoredock.features.arguments import SERVICE
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb

if TYPE_CHECKING:
    from scoredock.services.deployments import Deployments


@verb(
    "service/keys",
    progress="Reading keys",
    terminal=CliCommand(
        "service keys",
        "Print the two keys of a service or an endpoint; with --regenerate, create one again. Nothing is restarted.",
        (
            SERVICE,
            argument("--regenerate", help="primary or secondary", default="", metavar="KEY"),
            argument(
                "--set", help="read the new key from standard input instead of generating it", action="store_true"
            ),
        ),
        (
            "scoredock service keys diabetes",
            "scoredock service keys diabetes --regenerate primary",
            "scoredock service keys diabetes --regenerate secondary --set < key.txt",
        ),
    ),
    editor=(
        EditorCommand(
            "copyKey",
            "Copy Key…",
            "services/keys",
            menus=(rows("services", "keyed", "2_key@1", menu="scoredock.service.copy"),),
        ),
    ),
)
def keys(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceKeys:
    """The two keys that open the service, or all versions of an endpoint."""
    deployments = context.deployments(params.workspace_id)
    return messages.ServiceKeys(*deployments.credentials.keys(_services(deployments, params.name)[0]))


@verb(
    "service/regenerateKey",
    progress="Regenerating key",
    editor=(
        EditorCommand(
            "regenerateKey",
            "Regenerate Key…",
            "services/keys",
            menus=(rows("services", "keyed", "2_key@1", menu="scoredock.service.update"),),
        ),
    ),
)
def regenerate_key(
    params: messages.ServiceRegenerateKeyParams, context: Context, operation: Operation
) -> messages.ServiceKeys:
    """Another primary or secondary key, from now on and without a restart; both keys. The versions of an endpoint have
    the same."""
    deployments = context.deployments(params.workspace_id)
    first, *others = _services(deployments, params.name)
    service_keys = messages.ServiceKeys(*deployments.credentials.regenerate_key(first, params.key, params.value))
    is_primary = params.key.lower() == "primary"
    for each in others:
        value = service_keys.primary_key if is_primary else service_keys.secondary_key
        deployments.credentials.regenerate_key(each, params.key, value)
    return service_keys


@verb(
    "service/token",
    progress="Making a token",
    terminal=CliCommand(
        "service token",
        "Print a token for a service with token authentication. It is valid for an hour.",
        (SERVICE,),
        ("scoredock service token diabetes", "scoredock service token diabetes --json"),
    ),
    editor=(
        EditorCommand(
            "copyToken",
            "Copy Token",
            "services/keys",
            menus=(rows("services", "tokened", "2_key@1", menu="scoredock.service.copy"),),
        ),
    ),
)
def token(params: messages.ServiceRef, context: Context, operation: Operation) -> messages.ServiceToken:
    """A token that opens the service for an hour, or all versions of an endpoint."""
    deployments = context.deployments(params.workspace_id)
    token = deployments.credentials.token(_services(deployments, params.name)[0])
    return messages.ServiceToken(token.access_token, token.token_type, token.refresh_after, token.expiry_on)


def _services(deployments: Deployments, name: str) -> list[str]:
    """The service of that name, or else those of the endpoint of that name, its default version first."""
    if deployments.ledger.one(name) is None:
        from scoredock.services.endpoints.endpoints import Endpoints

        for row in Endpoints(deployments).rows():
            if row.endpoint.name == name and row.endpoint.versions:
                versions = sorted(row.endpoint.versions, key=lambda each: each.name != row.endpoint.default)
                return [each.service for each in versions]
    return [name]
