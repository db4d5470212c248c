"""The program that logs in to a cluster (`exec` of a kubeconfig user): run, its answer kept until shortly before it
expires."""

from __future__ import annotations

import datetime
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import field
from typing import Any

from scoredock import l10n, run
from scoredock.clusters.failures import without_secrets
from scoredock.clusters.kubeconfig import Selection
from scoredock.errors import ClusterLoginFailed
from scoredock.late_dataclass import dataclass

_SECONDS = 30.0
plugin_seconds: ContextVar[float] = ContextVar("plugin_seconds", default=_SECONDS)
"""For one run; who only looks waits less."""
_AHEAD_SECONDS = 60.0
"""So long before it expires a credential is no longer used, or half its life before where that is less."""
_PAUSE_SECONDS = 10.0
"""After a failure: many ask at once, and each run may open a browser."""
_VERSIONS = tuple(f"client.authentication.k8s.io/{each}" for each in ("v1", "v1beta1", "v1alpha1"))
_OUTPUT = 2_000
_FRACTION = re.compile(r"\.\d+")


@dataclass(frozen=True, slots=True)
class Credential:
    """Credential from a plugin: a token, a certificate with its key, or both."""

    token: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    """PEM, as the key is."""
    key: str = field(default="", repr=False)
    until: float | None = None
    """Seconds since the epoch after which there has to be another one; None for as long as this process lives."""


class ExecPlugin:
    """May be used by many threads; the program runs once for all that wait."""

    def __init__(self, login: Mapping[str, Any], selection: Selection, program: Callable[[], str]) -> None:
        """`program` gives the path of what is confirmed to run, and raises where that is another one by now."""
        self._login = login
        self._program = program
        self._cluster = selection.cluster
        self._context = selection.context
        self._folder = selection.user_folder
        self._lock = threading.Lock()
        self._credential: Credential | None = None
        self._failure: tuple[float, float, ClusterLoginFailed] | None = None
        """When, and how long it had."""

    def credential(self) -> Credential:
        """Takes up to 30 seconds when the program has to run. Raises ScoredockError `cluster-login-failed`,
        `compute-changed`."""
        with self._lock:
            kept = self._credential
            if kept is not None and (kept.until is None or time.time() < kept.until):
                return kept
            seconds = plugin_seconds.get()
            if self._failure is not None:
                at, had, failure = self._failure
                if time.monotonic() - at < _PAUSE_SECONDS and had >= seconds:
                    raise failure
            try:
                self._credential = self._run(seconds)
            except ClusterLoginFailed as failure:
                self._failure = time.monotonic(), seconds, failure
                raise
            return self._credential

    def expire(self, credential: Credential) -> None:
        """The cluster did not accept it: the next one who needs a credential gets another one."""
        with self._lock:
            if self._credential is credential:
                self._credential = None

    def _run(self, seconds: float) -> Credential:
        version = str(self._login.get("apiVersion") or "")
        program = self._program()
        if version not in _VERSIONS:
            raise self._failed(l10n.t("its version “{version}” is not one of {versions}", version=version,
                                      versions=", ".join(_VERSIONS)))  # fmt: skip
        if self._login.get("interactiveMode") == "Always":
            raise self._failed(l10n.t("it needs a terminal"))
        try:
            completed = run.run(
                [program, *map(str, self._login.get("args") or [])],
                cwd=self._folder,
                env=run.login_environment(self._variables(version)),
                timeout=seconds,
            )
        except (FileNotFoundError, PermissionError):
            hint = str(self._login.get("installHint") or "")
            raise self._failed(l10n.t("it is not installed, or not on the PATH"), hint) from None
        except OSError as error:
            raise self._failed(error.strerror or str(error)) from None
        except run.TimedOut:
            raise self._failed(l10n.t("it did not end within {seconds} s", seconds=round(seconds))) from None
        if completed.returncode != 0:
            # What it wrote to its output may be a credential; its errors are for people.
            raise self._failed(l10n.t("it ended with code {code}", code=completed.returncode), completed.stderr)
        return self._answer(completed.stdout, version)

    def _variables(self, version: str) -> dict[str, str]:
        spec: dict[str, Any] = {"interactive": False}
        if self._login.get("provideClusterInfo"):
            names = ("server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url")
            spec["cluster"] = {name: self._cluster[name] for name in names if self._cluster.get(name)}
        info = {"kind": "ExecCredential", "apiVersion": version, "spec": spec}
        own = {str(each["name"]): str(each.get("value") or "") for each in self._login.get("env") or []}
        return {**own, "KUBERNETES_EXEC_INFO": json.dumps(info)}

    def _answer(self, output: str, version: str) -> Credential:
        try:
            answer = json.loads(output)
            status = dict(answer["status"])
            given = str(answer["apiVersion"])
        except (ValueError, TypeError, KeyError):
            raise self._failed(l10n.t("it wrote no ExecCredential")) from None
        if given != version:
            raise self._failed(l10n.t("it answers in version {version}, not in {wished}", version=given,
                                      wished=version))  # fmt: skip
        token = str(status.get("token") or "")
        certificate = str(status.get("clientCertificateData") or "")
        key = str(status.get("clientKeyData") or "")
        if not token and not (certificate and key):
            raise self._failed(l10n.t("it gave neither a token nor a certificate with its key"))
        return Credential(token, certificate, key, _until(str(status.get("expirationTimestamp") or "")))

    def _failed(self, reason: str, output: str = "") -> ClusterLoginFailed:
        program = str(self._login.get("command") or "")
        output = without_secrets(output.strip()[-_OUTPUT:])
        return ClusterLoginFailed(
            l10n.t(
                "The program {program}, which logs in for the context “{context}”, failed: {reason}: {output}",
                program=program,
                context=self._context,
                reason=reason,
                output=" ".join(output.split()),
            )
            if output
            else l10n.t(
                "The program {program}, which logs in for the context “{context}”, failed: {reason}.",
                program=program,
                context=self._context,
                reason=reason,
            ),
            l10n.t("Run it in a terminal to see what it needs, for example by `kubectl get pods`; then try again."),
            details={"output": output.splitlines()},
        )


def _until(timestamp: str) -> float | None:
    if not timestamp:
        return None
    try:
        # Older Pythons read fractions of three or six digits only.
        whole = _FRACTION.sub("", timestamp).replace("Z", "+00:00")
        expires = datetime.datetime.fromisoformat(whole).timestamp()
    except ValueError:
        return None
    now = time.time()
    if expires <= now:
        return None  # a clock is wrong: the cluster says when it does not take it any more
    return expires - min(_AHEAD_SECONDS, max(0.0, expires - now) / 2)
