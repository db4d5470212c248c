"""Proofs of a login of a kubeconfig to the cluster, and of the cluster to who logs in: headers and certificates."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scoredock import l10n
from scoredock.clusters.kubeconfig import Selection, unusable
from scoredock.errors import ClusterLoginFailed
from scoredock.temporary.folders import TemporaryFolder

_CLUSTER_TEXTS = ("server", "proxy-url", "tls-server-name", "certificate-authority", "certificate-authority-data")
_USER_TEXTS = (
    *("username", "password", "token", "tokenFile", "client-certificate", "client-certificate-data"),
    *("client-key", "client-key-data"),
)


def require_kinds(selection: Selection) -> None:
    """Raises ScoredockError `cluster-config-invalid` for a field that holds something else than a text."""
    texts = [selection.cluster.get(key) for key in _CLUSTER_TEXTS] + [selection.user.get(key) for key in _USER_TEXTS]
    insecure = selection.cluster.get("insecure-skip-tls-verify", False)
    if not all(each is None or isinstance(each, str) for each in texts) or not isinstance(insecure, bool):
        raise unusable(selection, l10n.t("a field of its cluster or its user has a value of another kind"))


def has_words(user: Mapping[str, Any]) -> bool:
    """True if it logs in by a token or a password that stands there, so that no program is needed."""
    return bool(user.get("tokenFile") or user.get("token") or (user.get("username") and user.get("password")))


def authorization(selection: Selection) -> str:
    """The header; empty for a user without a token and a password. A file is read for each request, as nodes change the
    token of a pod. Raises ScoredockError `cluster-login-failed`."""
    user = selection.user
    if file := user.get("tokenFile"):
        try:
            return f"Bearer {Path(file).read_text('ascii').strip()}"
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or l10n.t("it holds no token")
            raise ClusterLoginFailed(
                l10n.t(
                    "The token of the context “{context}” cannot be read from {file}: {reason}.",
                    context=selection.context,
                    file=file,
                    reason=reason,
                )
            ) from None
    if token := user.get("token"):
        return f"Bearer {token}"
    if not has_words(user):
        return ""
    words = f"{user['username']}:{user['password']}"
    return f"Basic {base64.b64encode(words.encode()).decode('ascii')}"


def trust(selection: Selection) -> ssl.SSLContext | None:
    """TLS context for the server; None for one without TLS. Raises ScoredockError `cluster-config-invalid`."""
    if not selection.server.startswith("https://"):
        return None
    try:
        with TemporaryFolder("certificate") as folder:  # for its owner only
            context = _context(selection, folder)
    except OSError as error:  # an SSLError is one
        what = error.strerror if not isinstance(error, ssl.SSLError) else l10n.t("a certificate or a key is damaged")
        file = f"{error.filename}: " if error.filename else ""
        raise unusable(selection, f"{file}{what}") from None
    except (ValueError, TypeError):
        raise unusable(selection, l10n.t("a certificate or a key is damaged")) from None
    # Authorities of older clusters lack what newer Pythons want to see in them; kubectl takes them.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _context(selection: Selection, folder: Path) -> ssl.SSLContext:
    """TLS context; what stands in the kubeconfig itself goes before a file, as for kubectl. Raises OSError,
    ValueError."""
    authority = _file(selection.cluster, "certificate-authority", folder)
    # Without one, those of this machine, as for kubectl.
    context = ssl.create_default_context(cafile=authority)
    if authority is None and selection.cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate := _file(selection.user, "client-certificate", folder):
        load_certificate(context, certificate, _file(selection.user, "client-key", folder))
    return context


def load_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    """Raises OSError, ValueError. With the password OpenSSL does not ask the terminal for one."""
    context.load_cert_chain(certificate, key, password="")


def _file(part: Mapping[str, Any], key: str, folder: Path) -> Path | None:
    """Path of the content; None if there is none. Raises OSError, ValueError."""
    if data := part.get(f"{key}-data"):
        file = folder / key
        file.write_bytes(base64.b64decode(data))
        return file
    return Path(part[key]) if part.get(key) else None
