"""Places to which the person's token of Azure goes: Resource Manager, what it names for the workspace, and the accounts
of storage that a datastore of the workspace names. What an asset names goes without it.
"""

import importlib
from typing import Any, Callable, List, Tuple

from .faults import Fault
from .server_files import file_of_server

_origins = file_of_server("origins")
origin_of: Callable[[str], Any] = _origins.origin_of
is_for: Callable[[str, str], bool] = _origins.is_for
host_and_port: Callable[[str], str] = _origins.host_and_port

_MACHINE_LEARNING = ("azureml.ms", "azureml.net", "ml.azure.cn", "ml.azure.us")
"""Domains of Azure's own that hold what a workspace consists of, beside Resource Manager."""
_OF_CUSTOMERS = ".instances."
"""Compute instances have names below these domains as well, and anybody's program may answer there."""
_STORAGE = "core.windows.net"
"""Of the public cloud, for a client library that does not say it."""


def storage_suffix() -> str:
    """Domain below which the cloud in use has its accounts of storage."""
    try:
        environments = importlib.import_module("azure.ai.ml._azure_environments")
        return str(environments._get_storage_endpoint_from_metadata() or _STORAGE)
    except (ImportError, AttributeError):
        return _STORAGE


def is_storage(address: str, suffix: str) -> bool:
    """True if an address is that of an account in the cloud's storage, over TLS."""
    of_cloud, own = origin_of("https://blob." + suffix), origin_of(address)
    is_below = own.host.endswith("." + of_cloud.host)
    return bool(is_below and (own.scheme, own.port) == (of_cloud.scheme, of_cloud.port))


class ManagementPlaces:
    """Addresses to which requests about the workspace may go with the token."""

    def __init__(self) -> None:
        self._addresses: List[str] = []
        self._domains: Tuple[str, ...] = _MACHINE_LEARNING

    def add_manager(self, address: str) -> None:
        """Adds the address of Resource Manager, as the client library has it for the cloud."""
        self._addresses.append(address)

    def add_discovery(self, address: str) -> None:
        """Adds the domain of an address that Resource Manager names for the workspace: its region's services are beside
        it.
        """
        domain = str(origin_of(address).host).partition(".")[2]
        if domain.count("."):
            self._domains += (domain,)

    def require(self, address: str) -> None:
        """Raises Fault `refused` for an address that is none of them."""
        origin = origin_of(address)
        is_own = any(is_for(each, address) for each in self._addresses)
        is_service = origin.scheme == "https" and _OF_CUSTOMERS not in origin.host
        is_beside = is_service and any(origin.host.endswith("." + each) for each in self._domains)
        if not is_own and not is_beside:
            raise Fault("refused", "{} is not a host of the workspace".format(host_and_port(address) or "?"))

    def policy(self, policies: Any) -> Any:
        """Policy for azure-core that checks each request, at redirects and next pages too, before it is sent with a
        token.
        """
        places = self

        class Named(policies.SansIOHTTPPolicy):  # type: ignore[misc]
            def on_request(self, request: Any) -> None:
                places.require(str(request.http_request.url))

        return Named()
