"""Calls of the services of one workspace."""

from __future__ import annotations

from scoredock.engines.probe import Address
from scoredock.errors import ScoredockError
from scoredock.registry import Registry
from scoredock.services.access.calls import Answer, Sample, address_at, explained, require_credential, sample_of, send
from scoredock.services.access.dataset_samples import sample_of_models
from scoredock.services.credentials import Credentials
from scoredock.services.ledger import Ledger
from scoredock.services.lifecycle.health import Health


class Client:
    """Calls the services of one workspace as a person's own client would, with the credential that each asks for."""

    def __init__(self, registry: Registry, ledger: Ledger, health: Health, credentials: Credentials) -> None:
        self._registry = registry
        self._ledger = ledger
        self._health = health
        self._credentials = credentials

    def call(
        self,
        name: str,
        body: bytes,
        *,
        method: str = "POST",
        content_type: str = "application/json",
        timeout: float = 60.0,
        credential: str | None = None,
    ) -> Answer:
        """Send one request to `/score`, with `credential` (a key or a token, empty for none) or else the service's own.

        Raises ScoredockError `service-unreachable`, `service-request-invalid`, `service-key-invalid`.
        """
        if method not in ("GET", "POST"):
            raise ScoredockError("service-request-invalid", f"A service is called with GET or POST, not {method[:16]}.")
        if "\n" in content_type or "\r" in content_type:
            raise ScoredockError("service-request-invalid", "The content type holds a line end.")
        address = self.address(name)
        if credential is None:
            credential = self._credentials.credential(name)
        else:
            require_credential(credential)
        answer = send(
            name,
            address,
            "/score",
            body,
            method=method,
            content_type=content_type,
            timeout=timeout,
            credential=credential,
        )
        return explained(answer, self._credentials.authenticated(name))

    def sample(self, name: str) -> Sample:
        """A body that fits the service: from the sample dataset of its model, else from its schema, else a guess.

        Raises ScoredockError `service-unreachable`.
        """
        address = self.address(name)
        current = self._ledger.require(name).current
        known = sample_of_models(self._registry, current.models if current else ())
        return known or sample_of(name, address, self._credentials.credential(name))

    def address(self, name: str) -> Address:
        """Where a service is called, and how it is known. Raises ScoredockError `service-unreachable`."""
        known = self._ledger.require(name)
        return address_at(name, known.service.handle, self._health.observe(known), known.service.state)
