"""The workspace through its client library: one client, made anew where its token is no longer taken."""

import importlib
import logging
import threading
import warnings
from typing import Any, Callable, Dict

from . import waiting
from .faults import TOKEN, Fault, fault_of
from .sign_in import BROWSER, CODE, PersonalSignIn, fault_of_sign_in
from .token_places import ManagementPlaces

Tell = Callable[..., None]
_RETRIES = 3


class ShelfAccount:
    """Workspace in Azure and the sign-in to it."""

    def __init__(self, job: Dict[str, Any], tell: Tell, memory: str = "") -> None:
        """`memory` is what an earlier sign-in by a person left."""
        waiting.limit_answers()
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
        self._job = job
        self._lock = threading.Lock()
        way = job.get("signIn")
        self._person = PersonalSignIn(way, job.get("tenant") or "", memory, tell) if way in (BROWSER, CODE) else None
        self.generation = 0
        """How many times the sign-in was renewed."""
        self.places = ManagementPlaces()
        self._make()
        self.places.add_manager(str(self.client._base_url))
        self._require_workspace()

    def ask(self, work: Callable[[Any], Any]) -> Any:
        """Result of `work(client)`, called once more with a new sign-in if the token was refused."""
        generation = self.generation
        try:
            return work(self.client)
        except Exception as error:
            if fault_of(error).code != TOKEN:
                raise
        self.renew(generation)
        try:
            return work(self.client)
        except Exception as error:
            fault = fault_of(error)
            raise Fault("sign-in", fault.message) if fault.code == TOKEN else error

    def workspace(self) -> Any:
        """Resource of the workspace."""
        name = self._job["workspace"]
        return self.ask(lambda client: client.workspaces.get(name))

    def renew(self, generation: int) -> None:
        """Signs in again, unless somebody else has done so since `generation`."""
        with self._lock:
            if self.generation == generation:
                if self._person is not None:
                    self._person.forget_tokens()
                self._make()
                self.generation += 1

    def _make(self) -> None:
        ml = importlib.import_module("azure.ai.ml")
        policies = importlib.import_module("azure.core.pipeline.policies")
        self.credential = self._credential()
        job = self._job
        self.client: Any = ml.MLClient(
            self.credential,
            job["subscription"],
            job["resourceGroup"],
            job["workspace"],
            enable_telemetry=False,
            show_progress=False,
            retry_total=_RETRIES,
            retry_backoff_factor=0.3,
            retry_backoff_max=5,
            connection_timeout=waiting.CONNECT_SECONDS,
            read_timeout=waiting.READ_SECONDS,
            per_retry_policies=[self.places.policy(policies)],
        )

    def _credential(self) -> Any:
        if self._person is not None:
            return self._person.credential()
        identity = importlib.import_module("azure.identity")
        return identity.DefaultAzureCredential(exclude_interactive_browser_credential=True)

    def _require_workspace(self) -> None:
        try:
            self.places.add_discovery(str(self.workspace().discovery_url or ""))
        except Exception as error:
            fault = fault_of_sign_in(fault_of(error))
            raise Fault("workspace-missing" if fault.code == "gone" else fault.code, fault.message)
        if self._person is not None:
            self._person.keep(self.credential)
