"""HTTPS for a service: the server's side of TLS 1.2 and later, and one plain sentence for whatever is wrong with its
files."""

from __future__ import annotations

import os
import ssl
from typing import List


class TlsFault(ValueError):
    """The certificate or the key cannot be used; the text says which, and why."""


def server_context(certificate: str, key: str) -> ssl.SSLContext:
    """The settings for a listening socket. `certificate` is a PEM file with the chain, its own certificate first; `key`
    a PEM file with the private key, without a pass phrase. Raises TlsFault.
    """
    for path, what in ((certificate, "certificate"), (key, "key")):
        _require_pem(path, what)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    prompts: List[bool] = []

    def no_pass_phrase() -> str:
        # Without this OpenSSL would ask on the terminal.
        prompts.append(True)
        return ""

    try:
        context.load_cert_chain(certificate, key, no_pass_phrase)
    except ssl.SSLError as error:
        raise TlsFault(_tls_message(error, certificate, key, encrypted=bool(prompts))) from None
    except OSError as error:
        raise TlsFault(f"The TLS files cannot be read: {error.strerror or error}.") from None
    return context


def _require_pem(path: str, what: str) -> None:
    """Raises TlsFault for a file that is missing, unreadable, or of another kind."""
    try:
        if not os.path.isfile(path):
            raise TlsFault(f"The TLS {what} {path} {'is not a file' if os.path.exists(path) else 'does not exist'}.")
        with open(path, "rb") as stream:
            content = stream.read(1 << 20)
    except OSError as error:
        raise TlsFault(f"The TLS {what} {path} cannot be read: {error.strerror or error}.") from None
    certificate = b"-----BEGIN CERTIFICATE-----" in content or b"-----BEGIN TRUSTED CERTIFICATE-----" in content
    private = b"PRIVATE KEY-----" in content
    if what == "certificate" and not certificate:
        hint = "it holds a private key" if private else "it holds no PEM certificate"
        raise TlsFault(f"The TLS certificate {path} cannot be used: {hint}.")
    if what == "key" and not private:
        hint = "it holds a certificate" if certificate else "it holds no PEM private key"
        raise TlsFault(f"The TLS key {path} cannot be used: {hint}.")


def _tls_message(error: ssl.SSLError, certificate: str, key: str, *, encrypted: bool) -> str:
    if encrypted:
        return f"The TLS key {key} has a pass phrase; write it without one."
    if error.reason in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED"):
        return f"The TLS key {key} does not belong to the certificate {certificate}."
    if error.reason in ("EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK"):
        return f"The TLS certificate {certificate} is too weak: {_words(error)}."
    if _is_readable(certificate):
        return f"The TLS key {key} is damaged: {_words(error)}."
    return f"The TLS certificate {certificate} is damaged: {_words(error)}."


def _is_readable(certificate: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(certificate)
    except ssl.SSLError:
        return False
    return True


def _words(error: ssl.SSLError) -> str:
    """OpenSSL's reason in lower case; some of its faults have none."""
    return (error.reason or "OpenSSL cannot read it").replace("_", " ")
