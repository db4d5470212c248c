"""Certificates of a cluster and the kubeconfig files of those who have one, made by the openssl program."""

from __future__ import annotations

import base64
from pathlib import Path

import yaml

from certificates import authority, openssl


class Credentials:
    """An authority in a folder of its own, and whom it let in."""

    def __init__(self, folder: Path, server: str, context: str) -> None:
        folder.mkdir()
        self.folder = folder
        self._server = server
        self._context = context
        self.authority, self._authority_key = authority(folder)
        # Tokens of service accounts are signed with a key of their own.
        openssl(folder, "genrsa", "-out", "accounts.key", "2048")

    def issue(self, name: str, subject: str, addresses: str = "") -> tuple[Path, Path]:
        """`NAME.crt` and `NAME.key`, for a server at `addresses` (as in subjectAltName) and for a client."""
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject)
        openssl(self.folder, "req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr")
        uses = "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\n"
        (self.folder / f"{name}.cnf").write_text(uses + (f"subjectAltName={addresses}\n" if addresses else ""))
        signed = ("-CA", str(self.authority), "-CAkey", str(self._authority_key), "-CAcreateserial", "-days", "3")
        request = ("-in", f"{name}.csr", "-extfile", f"{name}.cnf", "-out", f"{name}.crt")
        openssl(self.folder, "x509", "-req", *request, *signed)
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def client(self, name: str, subject: str, addresses: str = "") -> Path:
        """The kubeconfig of a new certificate."""
        certificate, key = self.issue(name, subject, addresses)
        user = {"client-certificate-data": _packed(certificate), "client-key-data": _packed(key)}
        return self.config(self.folder / f"{name}.conf", user)

    def config(self, file: Path, user: dict[str, str], namespace: str = "default") -> Path:
        """Writes a kubeconfig that holds all it needs, for nobody else to read."""
        cluster = {"server": self._server, "certificate-authority-data": _packed(self.authority)}
        return write_config(file, self._context, cluster, user, namespace)


def write_config(
    file: Path, context: str, cluster: dict[str, str], user: dict[str, str], namespace: str = "default"
) -> Path:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": context, "cluster": cluster}],
        "users": [{"name": context, "user": user}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context, "namespace": namespace}}],
        "current-context": context,
    }
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(content))
    return file


def _packed(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
