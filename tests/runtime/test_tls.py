"""The files of a service that speaks HTTPS: what is wrong with them is told in one sentence."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from certificates import openssl, pair
from scoredock_runtime.http.tls import TlsFault, server_context


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    pair(folder, "own")
    pair(folder, "other")
    pair(folder, "rsa", "2048")
    pair(folder, "weak", "512")
    openssl(folder, "ec", "-aes256", "-passout", "pass:abcd", "-in", "own-key.pem", "-out", "locked-key.pem")
    (folder / "garbled.pem").write_text("-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n")
    (folder / "garbled-key.pem").write_text("-----BEGIN PRIVATE KEY-----\nbm90IG9uZQ==\n-----END PRIVATE KEY-----\n")
    (folder / "empty.pem").write_text("")
    (folder / "binary.pem").write_bytes(bytes(range(256)) * 8)
    (folder / "both.pem").write_text((folder / "own.pem").read_text() + (folder / "own-key.pem").read_text())
    (folder / "folder.pem").mkdir()
    return folder


@pytest.mark.parametrize(
    ("certificate", "key"), [("own.pem", "own-key.pem"), ("rsa.pem", "rsa-key.pem"), ("both.pem", "both.pem")]
)
def test_a_pair_gives_tls_from_1_2_on(files: Path, certificate: str, key: str) -> None:
    context = server_context(str(files / certificate), str(files / key))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_NONE


@pytest.mark.parametrize(
    ("certificate", "key", "words"),
    [
        ("missing.pem", "own-key.pem", "certificate {}/missing.pem does not exist"),
        ("own.pem", "missing.pem", "key {}/missing.pem does not exist"),
        ("folder.pem", "own-key.pem", "certificate {}/folder.pem is not a file"),
        ("empty.pem", "own-key.pem", "holds no PEM certificate"),
        ("binary.pem", "own-key.pem", "holds no PEM certificate"),
        ("own-key.pem", "own-key.pem", "holds a private key"),
        ("own.pem", "own.pem", "holds a certificate"),
        ("own.pem", "empty.pem", "holds no PEM private key"),
        ("own.pem", "other-key.pem", "does not belong to the certificate"),
        ("own.pem", "rsa-key.pem", "does not belong to the certificate"),
        ("own.pem", "locked-key.pem", "has a pass phrase"),
        ("garbled.pem", "own-key.pem", "certificate {}/garbled.pem is damaged"),
        ("own.pem", "garbled-key.pem", "key {}/garbled-key.pem is damaged"),
        ("weak.pem", "weak-key.pem", "is too weak"),
        ("", "own-key.pem", "does not exist"),
    ],
)
def test_what_is_wrong_with_the_files_is_told_in_a_sentence(
    files: Path, certificate: str, key: str, words: str
) -> None:
    paths = [str(files / name) if name else "" for name in (certificate, key)]
    with pytest.raises(TlsFault) as caught:
        server_context(*paths)
    told = str(caught.value)
    assert words.format(files) in told
    assert told.startswith("The TLS")
    assert told.endswith(".")
    assert "\n" not in told
    assert "_ssl.c" not in told
