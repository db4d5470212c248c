"""Errors for a registry's responses that are not a success, which a person can act on."""

from __future__ import annotations

import json

from scoredock import l10n
from scoredock.errors import Cancelled, RegistryUnreachable, ScoredockError
from scoredock.oci.registry_transport import RegistryResponse
from scoredock.visible import one_line

_LONGEST_ANSWER = 64 << 10
_LONGEST_WORDS = 300


class RegistryWords:
    """Codes and messages of a registry for a failure (OCI distribution specification 1.1, Error Codes). Raises
    `cancelled`."""

    def __init__(self, response: RegistryResponse) -> None:
        self.codes: tuple[str, ...] = ()
        self.text = ""
        try:
            document = json.loads(response.content(_LONGEST_ANSWER))
        except Cancelled:
            raise
        except (ValueError, RecursionError, ScoredockError):
            return  # what it says matters less than its status
        entries = document.get("errors") if isinstance(document, dict) else None
        entries = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
        self.codes = tuple(str(each.get("code", "")) for each in entries)
        words = "; ".join(str(each.get("message") or each.get("code") or "") for each in entries[:3])
        if not words and isinstance(document, dict):  # token servers
            words = str(document.get("error_description") or document.get("details") or document.get("error") or "")
        self.text = one_line(words)[:_LONGEST_WORDS].strip().rstrip(".")


def refusal(registry: str, response: RegistryResponse, is_anonymous: bool = False) -> ScoredockError:
    """Error for a refused request, also by a token server: `registry-refused`, `registry-busy` or RegistryUnreachable,
    by the status."""
    if response.status in (401, 403):
        words = RegistryWords(response).text or l10n.t("status {status}", status=response.status)
        text = (
            l10n.t("The registry {registry} asks for a sign-in: {words}.", registry=registry, words=words)
            if is_anonymous
            else l10n.t("The registry {registry} refuses the request: {words}.", registry=registry, words=words)
        )
        return ScoredockError("registry-refused", text, details={"registry": registry})
    if response.status == 429:
        return ScoredockError(
            "registry-busy",
            l10n.t("The registry {registry} takes no more requests for now.", registry=registry),
            details={"registry": registry},
        )
    return RegistryUnreachable(
        l10n.t("The registry {registry} answers: {words}.", registry=registry, words=_reason(response, None)),
        details={"registry": registry, "status": str(response.status)},
    )


def failure(code: str, registry: str, response: RegistryResponse, words: RegistryWords | None = None) -> ScoredockError:
    """`registry-refused` and `registry-busy` where the status says so, otherwise `code`."""
    if response.status in (401, 403, 429):
        return refusal(registry, response)
    return ScoredockError(
        code,
        l10n.t("The registry {registry} answers: {words}.", registry=registry, words=_reason(response, words)),
        details={"registry": registry, "status": str(response.status)},
    )


def _reason(response: RegistryResponse, words: RegistryWords | None) -> str:
    text = (words or RegistryWords(response)).text
    status = l10n.t("status {status}", status=response.status)
    return f"{text} ({status})" if text else status
