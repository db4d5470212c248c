"""Places of the files of an asset: the addresses that Azure ML has used over the years. Pure."""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from .faults import Fault

ARTIFACTS = "workspaceartifactstore"
BLOBS = "workspaceblobstore"
Place = NamedTuple(
    "Place",
    (
        ("datastore", str),
        ("address", str),
        ("container", str),
        ("path", str),
        ("signature", str),
    ),
)
"""A path in a datastore, or in a container at an address with a signature that may be empty."""
_LONG = re.compile(
    r"azureml:/{1,2}subscriptions/([^/]+)/resource[gG]roups/([^/]+)/(?:providers/[^/]+/)?workspaces/([^/]+)"
    r"/datastores/([^/]+)/paths/(.+)"
)
_SHORT = re.compile(r"azureml://datastores/([^/]+)/paths/(.+)")
_OF_RUN = re.compile(r"azureml://datastores/([^/]+)/(ExperimentRun/.+)")
_RUNS = re.compile(r"runs:/([^/?]+)/(.+)")
_JOBS = re.compile(r"azureml://jobs/([^/]+)/outputs/([^/]+)(?:/paths/(.*))?")
_ARTIFACT = re.compile(r"(?:aml://artifactId|azureml://artifacts|aml://artifact)/+(.+)")
_WASB = re.compile(r"(wasbs?|abfss?)://([^@/]+)@([^/]+)/(.+)")


def place_of(uri: str, workspace: str) -> Place:
    """Raises Fault `location` for what is elsewhere or of another kind, `location-missing` for nothing."""
    if not uri:
        raise Fault("location-missing")
    long = _LONG.fullmatch(uri)
    if long:
        if long.group(3).lower() != workspace.lower():
            raise Fault("location", "workspace {}".format(long.group(3)))
        return _stored(long.group(4), long.group(5))
    for pattern in (_SHORT, _OF_RUN):
        match = pattern.fullmatch(uri)
        if match:
            return _stored(match.group(1), match.group(2))
    return _of_run(uri) or _of_storage(uri)


def _of_run(uri: str) -> "Place | None":
    match = _RUNS.fullmatch(uri)
    if match:
        return _stored(ARTIFACTS, "ExperimentRun/dcid.{}/{}".format(match.group(1), match.group(2)))
    match = _ARTIFACT.fullmatch(uri)
    if match:
        return _stored(ARTIFACTS, match.group(1))
    match = _JOBS.fullmatch(uri)
    if not match:
        return None
    run, output, path = match.group(1), match.group(2), match.group(3) or ""
    if output in ("artifacts", "default"):
        return _stored(ARTIFACTS, "ExperimentRun/dcid.{}/{}".format(run, path))
    return _stored(BLOBS, "azureml/{}/{}/{}".format(run, output, path))


def _of_storage(uri: str) -> Place:
    match = _WASB.fullmatch(uri)
    if match:
        secure = match.group(1).endswith("s")
        host = _host(match.group(3))
        address = "{}://{}".format("https" if secure else "http", host)
        return Place("", address, match.group(2), match.group(4).rstrip("/"), "")
    parts = urlsplit(uri)
    names = parts.path.lstrip("/").split("/", 1)
    if parts.scheme in ("http", "https") and len(names) == 2 and names[1]:
        host = _host(parts.netloc)
        return Place("", "{}://{}".format(parts.scheme, host), names[0], unquote(names[1]).rstrip("/"), parts.query)
    raise Fault("location", uri.split("?")[0][:200])


def _host(authority: str) -> str:
    """Without a user, which would be sent along."""
    return authority.rpartition("@")[2].replace(".dfs.", ".blob.")


def _stored(datastore: str, path: str) -> Place:
    return Place(datastore, "", "", path.strip("/"), "")
