"""Certificates for tests, made once by the openssl program."""

from __future__ import annotations

import subprocess
from pathlib import Path


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder, timeout=60)


def pair(folder: Path, name: str = "own", kind: str = "ec") -> tuple[Path, Path]:
    """A self-signed certificate and its key, as two PEM files."""
    how = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1") if kind == "ec" else ("-newkey", f"rsa:{kind}")
    openssl(
        folder,
        "req",
        "-x509",
        *how,
        "-nodes",
        "-keyout",
        f"{name}-key.pem",
        "-out",
        f"{name}.pem",
        "-days",
        "3",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
    )
    return folder / f"{name}.pem", folder / f"{name}-key.pem"
