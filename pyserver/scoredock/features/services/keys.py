"""Keys and tokens that open a service."""

from __future__ import annotations

from scoredock.features.arguments import SERVICE
from scoredock.features.context import Context, Operation
from scoredock.protocol import messages
from scoredock.verb import CliCommand, EditorCommand, argument, rows, verb


@verb(
    "service/keys",
    progress="Reading keys",
    terminal=CliCommand(
        "service keys",
        "Print the two keys of a service; with --regenerate, create one of them again. The service is not restarted.",
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
    """The two keys that open the service."""
    return messages.ServiceKeys(*context.deployments(params.workspace_id).credentials.keys(params.name))


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
    """Another primary or secondary key, from now on and without a restart; both keys."""
    deployments = context.deployments(params.workspace_id)
    return messages.ServiceKeys(*deployments.credentials.regenerate_key(params.name, params.key, params.value))


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
    """A token that opens the service for an hour."""
    token = context.deployments(params.workspace_id).credentials.token(params.name)
    return messages.ServiceToken(token.access_token, token.token_type, token.refresh_after, token.expiry_on)
