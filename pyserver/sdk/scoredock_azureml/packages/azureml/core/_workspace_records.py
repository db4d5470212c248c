"""Finds the workspace of this machine that a script names: by config.json, name, subscription and resource group."""

from __future__ import annotations

import os
import re
import shlex
import sys
from typing import Any, Dict, List, Optional

from azureml._scoredock.callers import handles_failure
from azureml._scoredock.failures import ServerFailure, coded_error, exception_of
from azureml._scoredock.server import command, request
from azureml.exceptions import WorkspaceException

_DEFAULT = "local"
"""The id of the workspace of folders that name none."""
_NONE = (
    "No workspace with this name is on this machine: give its subscription_id and resource_group as well, connect its"
    " config.json with `scoredock workspace connect`, or make one with Workspace.create."
)


def command_line(words: str, record: Dict[str, Any]) -> str:
    """A line of Scoredock that works in the workspace when it is typed in the folder of the script, which may use
    another one than the commands there, or was given one by an option of its own."""
    is_of_folder = record["isActive"] and not {"-w", "--config"} & set(command())
    return f"scoredock {words}" if is_of_folder else f"scoredock {words} -w {shlex.quote(record['name'])}"


def named(failure: ServerFailure, record: Dict[str, Any]) -> ServerFailure:
    """The failure with the workspace's name in its message and next step, if something was not found in a workspace
    that is not the default one.
    """
    if not failure.code.endswith("-not-found"):
        return failure
    name = "" if record["id"] == _DEFAULT else f" {record['name']}"
    message = failure.message.replace("The workspace has", f"The workspace{name} has", 1)
    fix = re.sub(r"`scoredock (\w+ list)`", lambda step: f"`{command_line(step[1], record)}`", failure.fix)
    return ServerFailure(message, failure.code, fix, failure.details)


def records() -> List[Dict[str, Any]]:
    """Records of all workspaces."""
    return list(request("workspace/list", folders=[os.getcwd()])["workspaces"])


def find_record(name: str, subscription_id: str, resource_group: str, id: Optional[str]) -> Dict[str, Any]:
    """Record of the workspace that a config.json of that identity would open or make; a name alone opens or makes a
    workspace as well. Raises WorkspaceException if there is none of that name and only a part of the identity is given,
    and to a script that is ready for it.
    """
    identity = {"subscriptionId": subscription_id or "", "resourceGroup": resource_group or ""}
    try:
        record: Dict[str, Any] = request("workspace/named", name=id or name or "", folder=os.getcwd(), **identity)
    except ServerFailure as failure:
        if failure.code != "workspace-not-found" or failure.details:
            raise exception_of(failure) from None
        if name and not id and not any(identity.values()) and not handles_failure():
            return _new_record(name)
        scope = f" in the subscription {subscription_id}" if subscription_id else ""
        raise coded_error(
            WorkspaceException, f"Workspaces not found with name={name}{scope}.", "workspace-not-found", _NONE
        ) from None
    return record


def _new_record(name: str) -> Dict[str, Any]:
    try:
        record: Dict[str, Any] = request("workspace/create", name=name, subscriptionId="", resourceGroup="")
    except ServerFailure as failure:
        raise exception_of(failure) from None
    print(f"There was no workspace {name} on this machine; an empty one of that name is used.", file=sys.stderr)
    return record


def fits(record: Dict[str, Any], subscription_id: Optional[str], resource_group: Optional[str]) -> bool:
    """True if a record may be meant: what was made here belongs to every subscription."""
    pairs = ((record["subscriptionId"], subscription_id), (record["resourceGroup"], resource_group))
    return all(not first or not second or first.casefold() == second.casefold() for first, second in pairs)
