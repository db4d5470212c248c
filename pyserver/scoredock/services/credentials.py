"""Keys and tokens of the services of one workspace."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from scoredock import l10n
from scoredock.engine_table import engine_kind
from scoredock.engines.base import Engine
from scoredock.errors import ScoredockError, ServiceStateInvalid
from scoredock.registry import Registry
from scoredock.registry.store.faults import storing
from scoredock.service import Authenticated
from scoredock.services.access.access_file import (
    Access,
    Token,
    authentication,
    read_access,
    renewed,
    token_of,
    write_access,
)
from scoredock.services.access.shared_access import newest_access, share_access
from scoredock.services.folders import service_folder
from scoredock.services.ledger import Ledger
from scoredock.services.lifecycle.health import Health, running
from scoredock.services.lifecycle.leases import Leases


class Credentials:
    """Keys and tokens of the services of one workspace. `engine` gives the engine of a name."""

    def __init__(
        self, registry: Registry, ledger: Ledger, health: Health, leases: Leases, engine: Callable[[str], Engine]
    ) -> None:
        self._registry = registry
        self._ledger = ledger
        self._health = health
        self._leases = leases
        self._engine = engine

    def authenticated(self, name: str) -> Authenticated:
        """Kind of authentication of the current revision; empty if it has none."""
        current = self._ledger.require(name).current
        return current.spec.front.authentication if current is not None and current.spec is not None else ""

    def keys(self, name: str) -> tuple[str, str]:
        """Primary and secondary key; either opens the service. Raises ScoredockError `service-keys-off`."""
        access = self._access(name, "keys")
        return access.primary, access.secondary

    def regenerate_key(self, name: str, which: str, value: str = "") -> tuple[str, str]:
        """Another primary or secondary key, `value` or a new one, from now on and without a restart; both keys.

        Raises ScoredockError `service-key-invalid`, `service-keys-off`, `service-busy`, `service-unreachable`.
        """
        renewed(self._access(name, "keys"), which, value)
        changed = self._changed(name, "keys", lambda access: renewed(access, which, value))
        return changed.primary, changed.secondary

    def share_tokens(self, name: str, other: str) -> None:
        """Makes the service and `other` accept each other's tokens from now on; tokens that the service gave before are
        no longer valid. Raises ScoredockError `service-tokens-off`, `service-busy`, `service-unreachable`."""
        secret = self._access(other, "tokens").token_secret
        if self._access(name, "tokens").token_secret != secret:
            self._changed(name, "tokens", lambda access: replace(access, token_secret=secret))

    def _changed(self, name: str, kind: Authenticated, change: Callable[[Access], Access]) -> Access:
        """Changes the credentials of callers, without a restart."""
        self._registry.store.require_writable()
        with self._leases.hold(name, "keys"):
            rows = self._ledger.require(name)
            changed = change(self._access(name, kind))
            folder = service_folder(self._registry.folder, name)
            with storing(folder):
                write_access(folder, changed)
            credentials = authentication(changed, kind)
            if credentials is not None and rows.service.handle is not None and running(self._health.observe(rows)):
                engine = self._engine(rows.service.engine)
                engine.authenticate(rows.service.handle, credentials)
                share_access(engine, rows.service.handle, changed, kind)
        return changed

    def token(self, name: str) -> Token:
        """A new token for a service that takes tokens. Raises ScoredockError `service-tokens-off`."""
        return token_of(self._access(name, "tokens"), name, time.time())

    def credential(self, name: str) -> str:
        """Credential for a request of our own: the primary key, a new token, or empty."""
        kind = self.authenticated(name)
        if not kind:
            return ""
        return self.keys(name)[0] if kind == "keys" else self.token(name).access_token

    def _newest(self, name: str) -> Access | None:
        service, folder = self._ledger.require(name).service, service_folder(self._registry.folder, name)
        if not engine_kind(service.engine).in_cluster:
            return read_access(folder)
        if service.handle is None:
            self._leases.take_up(name)
            service = self._ledger.require(name).service
        return newest_access(self._engine(service.engine), service.handle, folder)

    def _access(self, name: str, required_kind: Authenticated) -> Access:
        kind = self.authenticated(name)
        access = self._newest(name) if kind == required_kind else None
        if access is None and kind == required_kind and not self._ledger.require(name).service.active_revision:
            raise ServiceStateInvalid(
                l10n.t("The service {name} has no keys yet: its deployment failed before it was started.", name=name),
                l10n.t("Correct the cause that its row shows, then deploy it again."),
            )
        if access is None and kind == required_kind:
            raise ScoredockError(
                "service-keys-elsewhere",
                l10n.t(
                    "The keys of {name} are not on this machine: the service was restored, and does not run.", name=name
                ),
            )
        if access is None:
            if required_kind == "keys":
                raise ScoredockError(
                    "service-keys-off",
                    l10n.t("The service {name} has no keys: it uses tokens.", name=name)
                    if kind
                    else l10n.t("The service {name} has no keys: everyone on this machine can call it.", name=name),
                )
            raise ScoredockError(
                "service-tokens-off",
                l10n.t("The service {name} has no tokens: it uses keys.", name=name)
                if kind
                else l10n.t("The service {name} has no tokens: everyone on this machine can call it.", name=name),
            )
        return access
