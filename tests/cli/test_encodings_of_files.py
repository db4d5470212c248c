"""Files that are not in UTF-8: read as the programs that take them do, told once with their encoding, and saved."""

from __future__ import annotations

import json

import pytest

from cli.conftest import Terminal

SCRIPT = (
    'import json\n\n\ndef init():\n    pass\n\n\ndef run(raw_data):\n    return len(json.loads(raw_data)["{key}"])\n'
)
CONDA = "name: x\ndependencies:\n- python=3.11\n- pip:\n  - azureml-defaults\n"
SAID = "SD908"


def findings_of(terminal: Terminal, *words: str, code: int = 1) -> list[tuple[str, str, str]]:
    done = terminal.run("check", "--format", "json", *words)
    assert done.returncode == code, done.stderr
    return [
        (each["path"].rpartition("/")[2], each["severity"], each["message"])
        for each in json.loads(done.stdout)["findings"]
        if each["code"] == SAID
    ]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "utf-32"])
def test_files_with_a_mark_are_read_told_and_saved(terminal: Terminal, codec: str) -> None:
    texts = {
        "conda.yml": CONDA,
        "requirements.txt": "azureml-defaults\nnumpy\n",
        "inferenceconfig.json": '{"entryScript": "score.py", "condaFile": "conda.yml"}',
        "utf.py": SCRIPT,
    }
    for name, text in texts.items():
        mark = b"\xfe\xff" if codec == "utf-16-be" else b""
        (terminal.folder / name).write_bytes(mark + text.encode(codec))
    shown = codec[:6].upper()
    answers = findings_of(terminal, ".")
    assert [each[:2] for each in answers] == [
        ("conda.yml", "error"),
        ("inferenceconfig.json", "error"),
        ("requirements.txt", "warning"),
        ("utf.py", "error"),
    ]
    assert all(f"is in {shown}, " in each[2] or f"is in {shown}; " in each[2] for each in answers)
    assert ["PowerShell" in each[2] for each in answers] == [codec == "utf-16"] * 3 + [False]
    refused = terminal.refused("service", "deploy", "adder", "--es", "score.py", "--cf", "conda.yml")
    assert (refused["code"], shown in refused["message"]) == ("check-failed", True)
    assert "conda.yml: SD908 repaired: Save as UTF-8" in terminal.run("check", "--fix", ".").stderr
    assert findings_of(terminal, ".", code=0) == []
    for name, text in texts.items():
        assert (terminal.folder / name).read_bytes() == text.encode(), name


@pytest.mark.parametrize(
    ("head", "codec", "key"),
    [
        ("# -*- coding: latin-1 -*-\n", "latin-1", "größe"),
        ("#!/usr/bin/env python\n# vim: set fileencoding=cp932 :\n", "cp932", "日本"),
        ("# coding: utf-7\n", "utf-7", "größe"),
        ("\ufeff", "utf-8", "größe"),
    ],
)
def test_scripts_are_read_as_python_reads_them(
    shared_environments: None, terminal: Terminal, head: str, codec: str, key: str
) -> None:
    content = head.encode(codec if codec != "utf-7" else "ascii") + SCRIPT.replace("{key}", key).encode(codec)
    (terminal.folder / "score.py").write_bytes(content)
    assert findings_of(terminal, "score.py", code=0) == []
    body = json.dumps({key: [1, 2]})
    assert "200" in terminal.ok("try", "score.py", "--data", body)
    # A repair keeps the encoding.
    broken = content.replace(b"import json\n", b"").replace("import json\n".encode(codec), b"")
    (terminal.folder / "score.py").write_bytes(broken)
    assert "Import json" in terminal.run("check", "--fix", "score.py").stderr
    assert key.encode(codec) in (terminal.folder / "score.py").read_bytes()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"# caf\xe9\n" + SCRIPT.encode(),
            "The byte 0xe9 is not UTF-8, so Python does not read the script; by its look",
        ),
        (
            b"# coding: ascii\n# caf\xe9\n" + SCRIPT.encode(),
            "The byte 0xe9 is none of ascii, which the coding line names",
        ),
        (
            b"# coding: nonsense\n" + SCRIPT.encode(),
            "“nonsense” in the coding line is not an encoding that Python reads scripts in",
        ),
        (
            b"# coding: base64\n" + SCRIPT.encode(),
            "“base64” in the coding line is not an encoding that Python reads scripts in",
        ),
        (
            b"# coding: utf-16-le\n" + SCRIPT.encode(),
            "“utf-16-le” in the coding line is not an encoding that Python reads scripts in",
        ),
        (
            b"\xef\xbb\xbf# coding: latin-1\n" + SCRIPT.encode(),
            "The coding line names “latin-1”, and the file begins with the mark of UTF-8",
        ),
        (SCRIPT.encode("utf-16-le"), "This file is in UTF-16 without a mark, so it is not read; save it as UTF-8."),
    ],
)
def test_scripts_that_python_does_not_read_are_told_why(terminal: Terminal, content: bytes, words: str) -> None:
    (terminal.folder / "other.py").write_bytes(content)
    ((name, severity, message),) = findings_of(terminal, ".")
    assert (name, severity, words in message) == ("other.py", "error", True), message
    refused = terminal.refused("service", "deploy", "adder", "--es", "other.py")
    assert (refused["code"], "cannot be read" in refused["message"]) == ("file-unreadable", True)
    before = (terminal.folder / "other.py").read_bytes()
    terminal.run("check", "--fix", ".")
    assert (terminal.folder / "other.py").read_bytes() == before, "nobody knows for certain what it means"


def test_bytes_of_another_encoding_in_a_configuration_are_an_error(terminal: Terminal) -> None:
    (terminal.folder / "conda.yml").write_bytes(CONDA.replace("x", "café").encode("cp1252"))
    ((name, severity, message),) = findings_of(terminal, ".")
    assert (name, severity) == ("conda.yml", "error")
    assert "0xe9 is not UTF-8, so the file is not read; by its look it is Windows-1252" in message
    refused = terminal.refused("migrate", ".", "--output-path", "v2")
    assert "conda.yml" in refused["message"]
    assert "Windows-1252" in refused["message"]


def test_requirements_of_powershell_are_deployed(shared_environments: None, terminal: Terminal) -> None:
    (terminal.folder / "requirements.txt").write_bytes("# none\r\n".encode("utf-16"))
    assert (
        terminal.json("service", "deploy", "adder", "--es", "score.py", "--cf", "requirements.txt")["state"]
        == "Healthy"
    )


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("score.R", "init <- function() {\n  model <<- 1\n}\n", "R"),
        ("score.jl", "function init()\n  global m = 1\nend\n", "Julia"),
        ("start.sh", "if [ -f x ]; then echo 1; fi\n", "Shell"),
        ("start", "#!/usr/bin/env Rscript\ninit <- function() { }\n", "R"),
    ],
)
def test_a_script_of_another_language_is_told_as_that(terminal: Terminal, name: str, text: str, language: str) -> None:
    (terminal.folder / name).write_text(text)
    refused = terminal.refused("service", "deploy", "adder", "--es", name)
    assert f"“{name}” is written in {language} and is not a Python script." in refused["message"]


def test_a_notebook_that_is_too_large_is_never_passed_over_in_silence(terminal: Terminal) -> None:
    with (terminal.folder / "large.ipynb").open("wb") as stream:
        stream.truncate(40_000_000)
    done = terminal.run("check", ".")
    assert "large.ipynb was not checked: it is larger than 20 MB." in done.stderr
    assert "large.ipynb is larger than 20 MB." in terminal.run("migrate", ".", "--output-path", "v2").stderr
    refused = terminal.refused("check", "large.ipynb")
    assert (refused["code"], "jupyter nbconvert --clear-output" in refused["fix"]) == ("file-too-large", True)


def test_requirements_with_a_mark_are_read_as_pip_does_whatever_their_coding_line(terminal: Terminal) -> None:
    content = b"\xef\xbb\xbf# coding: latin-1\nazureml-defaults  # gr\xc3\xbcn\n"
    (terminal.folder / "requirements.txt").write_bytes(content)
    assert findings_of(terminal, ".", code=0) == []
    (terminal.folder / "requirements.txt").write_bytes(content.removeprefix(b"\xef\xbb\xbf").replace(b"latin-1", b"no"))
    ((_, severity, message),) = findings_of(terminal, ".")
    assert (severity, "“no” in the coding line is not an encoding that pip reads requirements in" in message) == (
        "error",
        True,
    )
