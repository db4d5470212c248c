"""Comments that silence findings: where they count, what they say themselves, and that strings are not comments."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check
from scoredock.checks.comments import commented
from scoredock.text import Fix

from depth import rounds
from pace import within

HEAD = "def init():\n    pass\n\n\ndef run(data):\n"


def found(text: str, path: str = "/p/score.py") -> list[str]:
    return [each.code for each in check(text, Facts(path=path))]


def applied(text: str, fix: Fix) -> str:
    lines = Lines(text)
    for edit in sorted(fix.edits, key=lambda each: each.range.start, reverse=True):
        start, end = lines.offset(edit.range.start), lines.offset(edit.range.end)
        text = text[:start] + edit.new_text + text[end:]
    return text


def only(text: str, code: str, path: str = "/p/score.py") -> Finding:
    (finding,) = [each for each in check(text, Facts(path=path)) if each.code == code]
    return finding


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("    return json.loads(data)  # scoredock: ignore[SD110]\n", id="at-the-end"),
        pytest.param(
            "    return json.loads(data)  # noqa  # scoredock:ignore [sd110, SD110]\n".replace("ignore [", "ignore["),
            id="after-another",
        ),
        pytest.param("    return json.loads(data)  # scoredock: ignore[SD11]\n", id="a-beginning"),
        pytest.param("    # scoredock: ignore[SD110]\n    return json.loads(data)\n", id="alone-above"),
        pytest.param(
            "    # scoredock: ignore[SD110]\n\n    # why\n    return json.loads(data)\n", id="alone-further-above"
        ),
        pytest.param(
            "    return list(  # scoredock: ignore[SD110]\n        json.loads(data)\n    )\n", id="first-line"
        ),
        pytest.param("    return list(\n        json.loads(data)\n    )  # scoredock: ignore[SD110]\n", id="last-line"),
        pytest.param(
            '    return list([\n        """\n#\n""", json.loads(data)\n    ])  # scoredock: ignore[SD110]\n',
            id="over-a-string",
        ),
        pytest.param("    return 1 + \\\n        json.loads(data)  # scoredock: ignore[SD110]\n", id="joined"),
        pytest.param("    return json.loads(data)\n# scoredock: ignore-file[SD110]\n", id="file"),
        pytest.param("    return json.loads(data)\n# scoredock: ignore-file[SD1]\n", id="file-beginning"),
    ],
)
def test_what_silences(body: str) -> None:
    assert found(HEAD + body) == []
    crlf = (HEAD + body).replace("\n", "\r\n")
    assert found(crlf) == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('    return "# scoredock: ignore[SD110]", json.loads(data)\n', id="in-a-string"),
        pytest.param('    return """\n# scoredock: ignore-file[SD110]\n""", json.loads(data)\n', id="in-a-long-string"),
        pytest.param("    # scoredock: ignore[SD110]\n    x = 1\n    return json.loads(data)\n", id="further-away"),
        pytest.param(
            "    return [\n        1,  # scoredock: ignore[SD110]\n        json.loads(data),\n    ]\n", id="between"
        ),
        pytest.param("    return json.loads(data)  # scoredock: ignored[SD110]\n", id="another-word"),
    ],
)
def test_what_does_not(body: str) -> None:
    assert "SD110" in found(HEAD + body)


def test_other_files_have_comments_as_well() -> None:
    conda = "name: env\ndependencies:\n  - python=3.10\n  - pip:\n    - azureml-defaults\n    - numpy=1.2\n"
    assert "SD408" in found(conda, "/p/conda.yml")
    told = conda.replace("numpy=1.2", "numpy=1.2  # scoredock: ignore[SD408]")
    assert "SD408" not in found(told, "/p/conda.yml")
    requirements = "numpy=1.2\n"
    codes = found(requirements, "/p/requirements.txt")
    assert codes
    told = f"numpy=1.2  # scoredock: ignore[{codes[0]}]\n"
    assert codes[0] not in found(told, "/p/requirements.txt")


def test_yaml_strings_are_no_comments() -> None:
    text = (
        "a: \"x # one\"\nb: 'it''s # two'\nc: it's # three\nd: |\n  # four\n  text\n- k: |\n    # five\n  o: 1 # six\n"
        "e: a#b\nf: >-\n\n  # seven\n# eight\n- |\n  # nine\n-  - x: |\n      # ten\n"
    )
    starts = [text[start:end] for start, end in commented(text, "x.yml").comments]
    assert starts == ["# three", "# six", "# eight"]


def test_shell_and_toml() -> None:
    shell = "az ml model list -n 'a # b' \"c # d\" # real\nx=a#b\necho \\# no; # yes\n"
    assert [shell[s:e] for s, e in commented(shell, "x.sh").comments] == ["# real", "# yes"]
    toml = 'a = \'# no\' # yes\nb = """\n# no\n"""\n#end'
    assert [toml[s:e] for s, e in commented(toml, "x.toml").comments] == ["# yes", "#end"]
    assert commented('{"a": "# x"} # y', "x.json").comments == []


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("    return data  # scoredock: ignore[SD110]\n", "    return data\n"),
        ("    return data  # scoredock: ignore[SD110]  # noqa\n", "    return data  # noqa\n"),
        ("    return data  # noqa  # scoredock: ignore[SD110, SD117]\n", "    return data  # noqa\n"),
        ("    # scoredock: ignore[SD110]\n    return data\n", "    return data\n"),
        (
            "    return json.loads(data)  # scoredock: ignore[SD117, SD110]\n",
            "    return json.loads(data)  # scoredock: ignore[SD110]\n",
        ),
        ("    return data\n# scoredock: ignore-file[SD110]", "    return data\n"),
    ],
)
def test_what_is_not_needed_is_told_and_taken_away(body: str, after: str) -> None:
    finding = only(HEAD + body, "SD901")
    assert (finding.severity, finding.tag) == ("hint", "unnecessary")
    (fix,) = finding.fixes
    assert fix.preferred
    assert applied(HEAD + body, fix) == HEAD + after
    assert "SD901" not in found(HEAD + after)


def test_what_cannot_be_known_is_not_called_needless() -> None:
    body = "    return data  # scoredock: ignore[SD501, SD151, SD952]\n"
    assert "SD901" not in found(HEAD + body)
    broken = "def init(:\n    pass  # scoredock: ignore[SD110]\n"
    assert "SD901" not in found(broken)


def test_of_two_that_silence_the_same_neither_is_needless() -> None:
    body = "    return json.loads(data)  # scoredock: ignore[SD110]\n# scoredock: ignore-file[SD110]\n"
    assert found(HEAD + body) == []
    body = "    # scoredock: ignore[SD110]\n    return json.loads(data)  # scoredock: ignore[SD11]\n"
    assert found(HEAD + body) == []


def test_unknown_codes_and_none() -> None:
    finding = only(HEAD + "    return data  # scoredock: ignore[SD1100]\n", "SD902")
    assert "SD110" in finding.message
    assert applied(HEAD + "    return data  # scoredock: ignore[SD1100]\n", finding.fixes[0]).endswith(
        "ignore[SD110]\n"
    )
    bare = HEAD + "    return json.loads(data)  # scoredock: ignore\n"
    finding = only(bare, "SD903")
    assert finding.fixes[0].title == "Ignore SD110"
    assert found(applied(bare, finding.fixes[0])) == []
    empty = HEAD + "    return json.loads(data)  # scoredock: ignore[]\n"
    assert found(applied(empty, only(empty, "SD903").fixes[0])) == []
    assert found(HEAD + "    return 1  # scoredock: ignore\n# scoredock: ignore-file[SD903]\n") == []


@given(st.text(alphabet="#'\"\\\n\r[](){} \tscoredock:ignore-SD1,x|>", max_size=400))
@settings(max_examples=rounds(gate=120, long=2_000))
def test_never_raises_and_fixes_stay_inside(text: str) -> None:
    for path in ("/p/score.py", "/p/conda.yml", "/p/requirements.txt", "/p/a.sh", "/p/pyproject.toml"):
        whole = f"# scoredock: ignore[SD101\n{text}\n# scoredock: ignore[SD1, ZZ]"
        last = -1
        for start, end in commented(whole, path).comments:
            assert last <= start < end <= len(whole)
            last = end
        for finding in check(whole, Facts(path=path), "entry-script" if path.endswith("py") else "requirements"):
            for fix in finding.fixes:
                applied(whole, fix)


@pytest.mark.parametrize("unit", ["'", '"', "#", "(", "\\", "'''", "# scoredock: ignore[SD110]\n", "- |\n", '"\\'])
def test_long_texts_take_no_time(unit: str) -> None:
    text = "# scoredock: ignore[SD110]\n" + unit * (200_000 // len(unit))
    begun = time.perf_counter()
    for path in ("x.py", "x.yml", "x.txt", "x.sh", "x.toml"):
        commented(text, path)
    assert within(time.perf_counter() - begun, 2.5)
