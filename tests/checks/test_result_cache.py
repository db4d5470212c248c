"""Results that are taken over are those that the analysis would give: whatever changes around a text, it is seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from scoredock import l10n
from scoredock.analysis import result_cache
from scoredock.analysis.facts import EnvironmentFacts, Facts, ModelFacts
from scoredock.analysis.finding import Finding
from scoredock.analysis.project_settings import ProjectSettings
from scoredock.analysis.rule import Rule, World
from scoredock.checks.catalogue import RULES
from scoredock.checks.check import check
from scoredock.checks.configs.environment.conda import parse_conda

CHECKED = [rule for rule in RULES if rule.code != "SD199"]
CONDA = "name: e\ndependencies:\n  - python=3.11\n  - pip:\n      - -r requirements.txt\n"


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    result_cache.clear()
    yield
    result_cache.clear()


def changed(world: World) -> Iterator[Facts]:
    """The facts around an example after one thing in its world has changed."""
    for file in world.files:
        yield dataclasses.replace(world, files=tuple(each for each in world.files if each != file)).facts()
    for name, text in world.texts:
        others = tuple(each for each in world.texts if each[0] != name)
        yield dataclasses.replace(world, texts=others).facts()
        yield dataclasses.replace(world, texts=(*others, (name, f"{text}\n"))).facts()
        yield dataclasses.replace(world, texts=(*others, (name, "import numpy\n"))).facts()
    yield dataclasses.replace(world, files=(*world.files, "model.pkl", "conda.yml", "score.py", "helper.py")).facts()
    yield dataclasses.replace(world, models=(ModelFacts("other", 3, ("other.pkl",)),), deployed=True).facts()
    yield dataclasses.replace(world, environment=EnvironmentFacts("/project/e.yml", "e", "3.8")).facts()
    yield dataclasses.replace(world, environments=(("mine", (1,)),)).facts()
    yield dataclasses.replace(world, script_only=not world.script_only, earlier_names=("model",)).facts()
    facts = world.facts()
    yield dataclasses.replace(facts, is_package=lambda name: not facts.is_package(name))
    yield dataclasses.replace(facts, migration=not facts.migration)
    yield dataclasses.replace(facts, settings=ProjectSettings(ignore=tuple(rule.code for rule in RULES)))
    yield dataclasses.replace(facts, listing=None)
    yield dataclasses.replace(facts, path="")


def stale(rule: Rule) -> list[tuple[str, Facts]]:
    """The examples of a rule, and changes around them, for which a result was taken over that is none."""
    found = []
    for text in (rule.page.bad, rule.page.good):
        for after in changed(rule.world):
            result_cache.clear()
            check(text, rule.world.facts())
            taken_over = check(text, after)
            result_cache.clear()
            if taken_over != check(text, after):
                found.append((text, after))
    return found


@pytest.mark.parametrize("rule", CHECKED, ids=lambda rule: rule.code)
def test_no_result_is_taken_over_once_something_around_the_text_has_changed(rule: Rule) -> None:
    assert not stale(rule)


@pytest.mark.parametrize(
    ("part", "ignored"),
    [
        ("answers", lambda _self, _facts: True),
        # Without a function for listings there is nothing to ask: which there was counts here as well.
        ("values", lambda facts: Facts(facts.path, listing=facts.listing and result_cache._unlisted)),
    ],
)
def test_a_cache_that_does_not_look_is_noticed(monkeypatch: pytest.MonkeyPatch, part: str, ignored: object) -> None:
    if part == "answers":
        monkeypatch.setattr(result_cache._Result, "holds", ignored)
    else:
        monkeypatch.setattr(result_cache, "without_functions", ignored)
    assert any(stale(rule) for rule in CHECKED)


def test_every_function_of_the_facts_is_noted() -> None:
    """A new one that were not would be trusted without a look."""
    facts = Facts(listing=lambda _folder: [])
    names = [each.name for each in dataclasses.fields(Facts) if callable(getattr(facts, each.name))]
    assert len(names) >= 5
    answers: dict[result_cache.Question, object] = {}
    noting = result_cache.noting(facts, answers)
    for name in names:
        getattr(noting, name)(*((ModelFacts("m", 1, ()), "p") if name == "pickle" else ("/p",)))
    assert {name for name, _ in answers} == set(names)


class Counted:
    """An analysis that counts how often it runs."""

    def __init__(self) -> None:
        self.runs = 0
        self.analysis = result_cache.result_cache(self._analysis)

    def _analysis(self, text: str, facts: Facts) -> tuple[str, list[str | None]]:
        self.runs += 1
        return text, [facts.read("/p/a.txt") if facts.exists("/p/a.txt") else None]


def test_the_same_text_with_the_same_answers_is_not_analysed_again() -> None:
    counted, files = Counted(), {"/p/a.txt": "one"}
    first = counted.analysis("x", Facts("/p/x", exists=files.__contains__, read=files.get))
    again = counted.analysis("x", Facts("/p/x", exists=lambda name: name in files, read=lambda name: files[name]))
    assert first == again == ("x", ["one"])
    assert counted.runs == 1
    files["/p/a.txt"] = "two"
    assert counted.analysis("x", Facts("/p/x", exists=files.__contains__, read=files.get)) == ("x", ["two"])
    del files["/p/a.txt"]
    assert counted.analysis("x", Facts("/p/x", exists=files.__contains__, read=files.get)) == ("x", [None])
    assert counted.runs == 3


def test_lists_of_a_result_are_the_callers_own() -> None:
    counted = Counted()
    counted.analysis("x", Facts())[1].append("mine")
    counted.analysis("x", Facts())[1].append("mine")
    assert counted.analysis("x", Facts()) == ("x", [None])
    assert counted.runs == 1


def test_what_was_asked_inside_is_asked_again_from_outside() -> None:
    """A file that an analysis reads by way of another one that has its result already."""
    inner = Counted()
    outer = result_cache.result_cache(lambda text, facts: inner.analysis(text, facts)[1])
    files = {"/p/a.txt": "one"}

    def facts() -> Facts:
        return Facts("/p/x", exists=files.__contains__, read=files.get)

    inner.analysis("x", facts())
    assert outer("x", facts()) == ["one"]
    files["/p/a.txt"] = "two"
    assert outer("x", facts()) == ["two"]


def test_findings_follow_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    def messages() -> list[Finding]:
        return check("name: e\ndependencies:\n  - numpy==\n", Facts(path="/p/conda.yml"))

    english = [finding.message for finding in messages()]
    monkeypatch.setattr(l10n, "_catalog", l10n.catalog("zh-cn"))
    chinese = [finding.message for finding in messages()]
    assert english
    assert len(english) == len(chinese)
    assert not set(english) & set(chinese)


def test_only_so_many_results_are_kept() -> None:
    counted = Counted()
    for number in range(result_cache._KEPT + 1):
        counted.analysis(str(number), Facts())
    counted.analysis("1", Facts())
    assert counted.runs == result_cache._KEPT + 1
    counted.analysis("0", Facts())
    assert counted.runs == result_cache._KEPT + 2


def test_a_conda_file_is_read_once_for_the_inference_configuration_and_the_environment() -> None:
    facts = Facts(path="/p/conda.yml")
    assert parse_conda(CONDA, facts)[0] is parse_conda(CONDA, facts)[0]
