"""Finds the workspace in Azure that is meant, and the Python that has its client library."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.context import Context, Operation
from scoredock.contrib.azure.domain.account import AzureWorkspace, SignIn
from scoredock.errors import ScoredockError
from scoredock.verb import argument
from scoredock.workspace_config import NAME, PLAIN

if TYPE_CHECKING:
    from scoredock.contrib.azure import messages

ACCOUNT_ARGUMENTS = (
    argument("--subscription-id", help="subscription in Azure; that of config.json by default", default="", names=""),
    argument("-g", "--resource-group", help="resource group in Azure", default="", names="", metavar="GROUP"),
    argument(
        "--azure-workspace", help="name of the workspace in Azure", default="", names="", metavar="WORKSPACE_NAME"
    ),
    argument(
        "--sign-in",
        help="default: what the machine has, such as `az login`; browser; device-code",
        choices=("default", "browser", "device-code"),
        default="default",
    ),
    argument("--tenant", help="tenant to sign in to", default="", metavar="ID"),
    argument(
        "--python", help="Python that has azure-ai-ml; by default the first that has it", default="", metavar="PATH"
    ),
)
ACCOUNT_ERRORS = tuple(
    f"azure-{code}"
    for code in (
        "workspace-unknown",
        "workspace-missing",
        "package-missing",
        "sign-in-failed",
        "not-allowed",
        "unreachable",
        "refused",
        "process-failed",
    )
)


def workspace_of(account: messages.AzureAccount, workspace_id: str, context: Context) -> AzureWorkspace:
    """Workspace that the options name, else the one that the workspace here stands for.

    Raises ScoredockError `azure-workspace-unknown`.
    """
    info = context.workspace(workspace_id)
    of_here = (info.subscription_id, info.resource_group, info.name) if info.subscription_id else ("", "", "")
    named = (account.subscription_id, account.resource_group, account.workspace_name)
    subscription, group, name = (each or other for each, other in zip(named, of_here, strict=True))
    if not (subscription and group and name):
        raise ScoredockError(
            "azure-workspace-unknown",
            l10n.t("The workspace {name} stands for no workspace in Azure.", name=info.name),
        )
    if not (PLAIN.fullmatch(subscription) and PLAIN.fullmatch(group) and NAME.fullmatch(name)):
        raise ScoredockError(
            "azure-workspace-unknown", l10n.t("The names of the workspace in Azure have signs that none can have.")
        )
    return AzureWorkspace(subscription, group, name)


def sign_in_of(account: messages.AzureAccount) -> SignIn:
    return SignIn(account.sign_in, account.tenant)


def python_of(account: messages.AzureAccount, context: Context, operation: Operation) -> str:
    """Raises ScoredockError `azure-package-missing`, `python-not-found`."""
    from scoredock.contrib.azure.domain.process import azure_python

    if account.python:
        from scoredock.scripts.interpreters import resolve_interpreter

        return azure_python([resolve_interpreter(account.python)], operation.cancel)
    on_path = shutil.which("python3") or shutil.which("python") or ""
    chosen = str(context.settings.get("scoredock.environment.interpreter") or "")
    return azure_python([sys.executable, chosen, on_path], operation.cancel)
