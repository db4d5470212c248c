"""The sentences of the rules read alike: one sentence, its sign at the end, its capital at the beginning."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from scoredock.analysis.rule import Rule
from scoredock.analysis.tree import Lines
from scoredock.checks.catalogue import RULES
from scoredock.checks.check import check
from scoredock.text import Position, Range

READ = [rule for rule in RULES if not rule.runs]
NAMES = {"run()", "init()", "pip", "conda", "v2", "az", "requests"}
"""What begins a sentence in small letters because it is written so."""
DOUBLED = re.compile(r"[.?!,;:]\s*[.?!,;:](?!\w)|[,;:]\s+[,;:]|\(\s*\)")
LONGEST = 200
NOWHERE = Range(Position(0, 0), Position(0, 0))
QUOTED = re.compile(r"“[^”]*”")
SHOWS_ITSELF = re.compile(
    r"[\w.]+\([^()]*\)"  # a call
    r"|os\.environ\[[^\]]*\]"
    r"|@\w+"
    r"|(?<!\S)--?[A-Za-z][\w-]*"  # an option
    r"|\b\w+=[\w.]*"  # an argument
    r"|\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b"  # a variable of the environment
    r"|(?<!\S)/\w[\w.]*"  # a route
    r"|https?://"
    r"|<name>/<version>"
    r"|\[tool\.scoredock\]"
)
"""What a reader takes for code without quotes around it."""
CODE = re.compile(
    r"\$\w+|\b[a-z]+[A-Z]\w*|\b\w+_\w+"
    r"|\b[A-Za-z]\w*[./][a-z]\w*"
    r"|(?<!\S)azureml-[\w-]+\b(?![\w-]| \d)"  # a package, where no version follows
)
"""Keys, files, dotted names and paths; prose has no words like these."""
NAMED = {"key", "path", "name", "column", "code", "text", "model", "module", "attribute", "address", "parameter_type"}
"""Words of templates that hold a name, key, path or value as the file has it."""
PROSE = {"SD127", "SD309", "SD311", "SD629", "SD651", "SD707", "SD712", "SD901"}
"""Where the underlined word is one of the sentence as well (the request, the keys), null, true or a rule's code."""


def told(rule: Rule) -> list[str]:
    """What the editor shows of the example: the message, and what its repairs are called."""
    (finding,) = check(rule.page.bad, rule.world.facts())
    return [finding.message, *(fix.title for fix in finding.fixes), *(each.message for each in finding.related)]


@pytest.mark.parametrize("rule", READ, ids=lambda r: r.code)
def test_a_message_is_a_sentence(rule: Rule) -> None:
    message, *_ = told(rule)
    assert message.endswith((".", "?"))
    # Braces, brackets and paths that are quoted end in signs of their own.
    prose = re.sub(r"json\.\w+|\S*[{}\[\]()/]\S*|\S*:=\S*|\.\.\S*", "it", message)
    assert not DOUBLED.search(prose), message
    assert len(message) <= LONGEST
    assert message == " ".join(message.split())
    assert "`" not in message
    first = message.split(" ")[0].rstrip(":,;")
    assert (
        first[0].isupper()
        or first in NAMES
        or not first.isalpha()
        or first in rule.page.bad + rule.page.good + str(rule.world)
    ), message


def bare(message: str) -> list[str]:
    """Words that are names or values, and stand there like prose."""
    return CODE.findall(SHOWS_ITSELF.sub(" it ", QUOTED.sub("it", message)))


def unquoted(template: str) -> list[str]:
    """Words of a template that hold what a file has, and stand there without quotes."""
    found = []
    so_far = ""
    parts = [(before, word or "") for before, word, _, _ in Formatter().parse(template)]
    for (before, word), (after, following) in zip(parts, [*parts[1:], ("", "")], strict=True):
        so_far += before
        inside = so_far.count("“") > so_far.count("”") or before.endswith(("--", "@", '["'))
        called = after.startswith("()") or (after == "." and bool(following))
        of_a_package = after == " " and following == "version"
        if word in NAMED and not (inside or called or of_a_package):
            found.append(word)
    return found


@pytest.mark.parametrize("rule", READ, ids=lambda r: r.code)
def test_names_and_values_stand_in_quotes(rule: Rule) -> None:
    """In a text without colours nothing else tells where a name begins and ends."""
    assert unquoted(rule.page.message) == []
    (finding,) = check(rule.page.bad, rule.world.facts())
    for message in (finding.message, *(each.message for each in finding.related)):
        assert message.count("“") == message.count("”")
        assert bare(message) == [], message


@pytest.mark.parametrize("rule", [rule for rule in READ if rule.code not in PROSE], ids=lambda r: r.code)
def test_the_underlined_word_stands_in_quotes(rule: Rule) -> None:
    (finding,) = check(rule.page.bad, rule.world.facts())
    lines = Lines(rule.page.bad)
    start, end = lines.offset(finding.range.start), lines.offset(finding.range.end)
    word = rule.page.bad[start:end].strip().strip("\"'")
    prose = SHOWS_ITSELF.sub(" it ", QUOTED.sub("it", finding.message))
    if re.fullmatch(r"[^\W\d][\w./:-]*", word):
        assert not re.search(rf"(?<![\w./:-]){re.escape(word)}(?![\w/:-])", prose), finding.message


@pytest.mark.parametrize(
    "message",
    [
        "There is no key entryscript; did you mean entryScript?",
        "request_timeout_ms must be 180000 or less, not 200000.",
        "There is no file src/score.py.",
        "The file conda.yml does not exist.",
        "sklearn.externals no longer exists.",
        "Without $schema editors must guess.",
        "The environment lacks azureml-defaults.",
    ],
)
def test_a_name_without_quotes_is_found(message: str) -> None:
    """Shows that the law above turns red."""
    assert bare(message)


def test_what_shows_that_it_is_code_needs_no_quotes() -> None:
    assert not bare(
        "init() fails: os.environ[name] reads AZUREML_MODEL_DIR, @rawhttp hands on /score, --model-path takes id=a.b,"
        " and numpy 1.24 needs “entryScript”."
    )
    assert unquoted("The key {key} is not read.") == ["key"]
    assert unquoted("“{key}” and {name}() of {name} {version}.") == []


@pytest.mark.parametrize("rule", READ, ids=lambda r: r.code)
def test_questions_are_asked_in_one_way(rule: Rule) -> None:
    message, *_ = told(rule)
    if "did you mean" in message:
        assert re.search(r"; did you mean \S+\?$", message), message
    else:
        assert not message.endswith("?")


@pytest.mark.parametrize("rule", READ, ids=lambda r: r.code)
def test_repairs_are_named_like_commands_of_a_menu(rule: Rule) -> None:
    _, *others = told(rule)
    for words in others:
        assert words == " ".join(words.split())
        assert "`" not in words
    (finding,) = check(rule.page.bad, rule.world.facts())
    for fix in finding.fixes:
        assert fix.title[0].isupper()
        assert not fix.title.endswith((".", "?", "!"))
        assert len({each.title for each in finding.fixes}) == len(finding.fixes), "nobody can tell them apart"


def test_a_question_gets_its_sign_and_prose_its_capital() -> None:
    rule = next(rule for rule in RULES if rule.code == "SD110")

    def sentence(message: str) -> str:
        return rule.finding(NOWHERE, message=message).message

    assert sentence("There is no a; did you mean b.") == "There is no a; did you mean b?"
    assert sentence("There is no a; did you mean b; the service does not start.").endswith("start.")
    assert sentence("There is no a; did you mean b?") == "There is no a; did you mean b?"
    assert sentence("a str has no low.") == "A str has no low."
    assert sentence("about it.") == "about it."


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.code)
def test_pages_are_prose(rule: Rule) -> None:
    for text in (rule.page.why, rule.page.fix, rule.page.title, rule.page.source):
        assert text == text.strip()
        assert "  " not in text
    assert len(rule.page.title) <= 60
