"""Signing in by a person: in the browser, or with a code on another device; once for a list and what follows it.

What a sign-in leaves goes back to the program that started this process, in its memory only, and comes again with the
next job.
"""

import importlib
import json
import re
from typing import Any, Callable, Dict

from .faults import Fault

BROWSER, CODE = "browser", "device-code"
_REASONS = (
    ("sign-in-expired", re.compile(r"(?i)timed out|expired_token|code_expired|AADSTS70019|AADSTS70020|has expired")),
    ("sign-in-declined", re.compile(r"(?i)declined|access_denied|consent_required|AADSTS65001|AADSTS65004")),
)


class PersonalSignIn:
    """Credential of azure-identity, whose tokens live as long as this."""

    def __init__(self, way: str, tenant: str, memory: str, tell: Callable[..., None]) -> None:
        self._way = way
        self._tenant = tenant
        self._tell = tell
        self._cache = importlib.import_module("msal").SerializableTokenCache()
        self._record: Any = None
        if memory:
            before = json.loads(memory)
            self._cache.deserialize(before["cache"])
            self._record = importlib.import_module("azure.identity").AuthenticationRecord.deserialize(before["record"])

    def credential(self) -> Any:
        """Credential of the person; nobody is prompted while what an earlier sign-in left still opens."""
        identity = importlib.import_module("azure.identity")
        # One cache for both: else the client library's two kinds of tokens would ask twice.
        options: Dict[str, Any] = {"_cache": self._cache, "_cae_cache": self._cache}
        if self._tenant:
            options["tenant_id"] = self._tenant
        if self._record is not None:
            options["authentication_record"] = self._record
        if self._way == BROWSER:
            return identity.InteractiveBrowserCredential(**options)
        return identity.DeviceCodeCredential(prompt_callback=self._prompt, **options)

    def forget_tokens(self) -> None:
        """Forgets the tokens: the next one is a new one, by what a sign-in left for that."""
        content = json.loads(self._cache.serialize() or "{}")
        content.pop("AccessToken", None)
        self._cache.deserialize(json.dumps(content))

    def keep(self, credential: Any) -> None:
        """Says what the next process needs."""
        record = getattr(credential, "_auth_record", None)
        if record is not None:
            self._record = record
            self._tell("signedIn", memory=json.dumps({"cache": self._cache.serialize(), "record": record.serialize()}))

    def _prompt(self, address: str, code: str, expires: Any) -> None:
        self._tell("signIn", address=address, code=code, until=str(expires))


def fault_of_sign_in(fault: Fault) -> Fault:
    """The fault with the code of its reason, if a device code or a browser window failed; else the fault itself."""
    if fault.code == "sign-in":
        for code, pattern in _REASONS:
            if pattern.search(fault.message):
                return Fault(code, fault.message)
    return fault
