"""The workspace's REST API of model management, which has the services of v1 that azure-ai-ml does not know.

Only read: services and images, over the client library's own connection, with its sign-in.
"""

import importlib
import threading
from typing import Any, Dict, Iterator, List, Tuple
from urllib.parse import quote

from . import waiting
from .account import ShelfAccount
from .faults import GONE, Fault, fault_of
from .token_places import is_for, origin_of

Document = Dict[str, Any]
_ROUTE = (
    "/modelmanagement/v1.0/subscriptions/{}/resourceGroups/{}/providers/Microsoft.MachineLearningServices/workspaces/{}"
)
_DISCOVERED = "modelmanagement"
_MOST_PAGES = 1000
_NO_SERVICES = (GONE, "ended")
"""A region or workspace without model management has no services of v1."""


class ModelManagement:
    """Model management of one workspace. Safe to use from several threads."""

    def __init__(self, account: ShelfAccount, job: Document) -> None:
        self._account = account
        parts = (job["subscription"], job["resourceGroup"], job["workspace"])
        self._route = _ROUTE.format(*(quote(str(each), safe="") for each in parts))
        self._lock = threading.Lock()
        self._pipeline: Tuple[int, Any] = (-1, None)
        self._address = ""

    def services(self) -> Iterator[Document]:
        """Yields all services; none if the workspace has no model management. Raises Fault."""
        try:
            for service in self._all("/services", {"expand": "true"}):
                yield service
        except Exception as error:
            if fault_of(error).code not in _NO_SERVICES:
                raise

    def service(self, name: str) -> Document:
        """Raises Fault `gone`, and what asking raises."""
        return self._get("/services/" + quote(name, safe=""), {"expand": "true"})

    def image(self, id: str) -> Document:
        """Record of an image, by its id. Raises Fault."""
        return self._get("/images/" + quote(id, safe=":"), {"expand": "true"})

    def _all(self, path: str, query: Dict[str, str]) -> Iterator[Document]:
        page = self._get(path, query)
        for _ in range(_MOST_PAGES):
            for each in _listed(page):
                yield each
            following = page.get("nextLink")
            if not following:
                return
            # Its requests carry a token, which goes to no other place.
            if not is_for(self._address, str(following)):
                raise Fault("refused", "another address for the next page")
            page = self._ask(str(following), {})
        raise Fault("refused", "a list without an end")

    def _get(self, path: str, query: Dict[str, str]) -> Document:
        return self._ask(self._host() + self._route + path, query)

    def _ask(self, address: str, query: Dict[str, str]) -> Document:
        document = self._account.ask(lambda client: self._sent(client, address, query))
        if not isinstance(document, dict):
            raise Fault("refused", "not an answer of model management")
        return document

    def _host(self) -> str:
        """By the address that the resource of the workspace names."""
        with self._lock:
            if not self._address:
                workspace = self._account.workspace()
                addresses = self._account.ask(
                    lambda client: self._sent(client, str(workspace.discovery_url or ""), {}, is_signed=False)
                )
                address = addresses.get(_DISCOVERED) if isinstance(addresses, dict) else None
                if not address:
                    raise Fault("ended", "no model management")
                self._address = str(address).rstrip("/")
            return self._address

    def _sent(self, client: Any, address: str, query: Dict[str, str], is_signed: bool = True) -> Any:
        if origin_of(address).scheme != "https":
            raise Fault("ended", "no address with https")
        rest = importlib.import_module("azure.core.rest")
        request = rest.HttpRequest("GET", address, params=query, headers={"Accept": "application/json"})
        response = self._connection(client, is_signed).send_request(request)
        if response.status_code == 410:
            raise Fault("ended", "410")
        response.raise_for_status()
        try:
            return response.json()
        except ValueError:
            raise Fault("refused", "not an answer of model management")

    def _connection(self, client: Any, is_signed: bool) -> Any:
        """Connection with the current sign-in: a token that is no longer taken is not kept."""
        if not is_signed:
            return self._new_connection([])
        generation, pipeline = self._pipeline
        if pipeline is None or generation != self._account.generation:
            policies = importlib.import_module("azure.core.pipeline.policies")
            # The audience is Resource Manager's, as that of the SDK v1 was.
            scope = str(client._base_url).rstrip("/") + "/.default"
            sign_in = policies.BearerTokenCredentialPolicy(self._account.credential, scope)
            pipeline = self._new_connection([sign_in, self._account.places.policy(policies)])
            self._pipeline = (self._account.generation, pipeline)
        return pipeline

    @staticmethod
    def _new_connection(authentication: List[Any]) -> Any:
        core = importlib.import_module("azure.core")
        policies = importlib.import_module("azure.core.pipeline.policies")
        retries = policies.RetryPolicy(retry_total=3, retry_backoff_factor=0.3, retry_backoff_max=5)
        return core.PipelineClient(
            "",
            policies=[policies.ProxyPolicy(), retries, *authentication],
            connection_timeout=waiting.CONNECT_SECONDS,
            read_timeout=waiting.READ_SECONDS,
        )


def _listed(page: Document) -> List[Document]:
    value = page.get("value")
    if not isinstance(value, list):
        raise Fault("refused", "not a list of model management")
    return [each for each in value if isinstance(each, dict)]
