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


def authority(folder: Path) -> tuple[Path, Path]:
    """The certificate of an authority and its key."""
    how = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3", "-subj", "/CN=company")
    uses = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl(folder, "req", "-x509", *how, *uses, "-keyout", "authority-key.pem", "-out", "authority.pem")
    return folder / "authority.pem", folder / "authority-key.pem"


def issued(
    folder: Path,
    by: tuple[Path, Path],
    names: str = "DNS:localhost,IP:127.0.0.1",
    stem: str = "issued",
    days: int = 3,
) -> tuple[Path, Path]:
    """A certificate that an authority has signed, of this machine or of other names, and its key."""
    how = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost")
    openssl(folder, "req", *how, "-keyout", f"{stem}-key.pem", "-out", f"{stem}.csr")
    uses = folder / f"{stem}.cnf"
    uses.write_text(f"basicConstraints=CA:FALSE\nsubjectAltName={names}\n")
    signed = ("-CA", str(by[0]), "-CAkey", str(by[1]), "-CAcreateserial", "-days", str(days), "-extfile", str(uses))
    openssl(folder, "x509", "-req", "-in", f"{stem}.csr", *signed, "-out", f"{stem}.pem")
    return folder / f"{stem}.pem", folder / f"{stem}-key.pem"
