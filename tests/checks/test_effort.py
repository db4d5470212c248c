"""The checks leave nothing behind for a garbage collection, and find similar words as difflib does."""

from __future__ import annotations

import gc
import random
import time
from difflib import get_close_matches

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.check import check
from scoredock.checks.similar import similar

from depth import rounds
from pace import within

SCRIPT = """
import os, json

def init():
    global model
    model = json.load(open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.json")))

def run(data):
    rows = [row for row in json.loads(data)["data"] if (size := len(row))]
    return [model[row] for row in rows] + missing
"""


@pytest.mark.parametrize("text", [SCRIPT * 20, "%%time\n" + SCRIPT, SCRIPT + "def broken(:\n"])
def test_the_tree_is_freed_at_once(text: str) -> None:
    check(text, Facts(path="/p/score.py"))  # what is imported late, and regular expressions
    gc.collect()
    gc.disable()
    try:
        assert check(text, Facts(path="/p/score.py"))
        assert gc.collect() < 20
    finally:
        gc.enable()


class Counted(str):
    """A text that counts how often it is searched for another one."""

    searched = 0

    def __contains__(self, wanted: object) -> bool:
        Counted.searched += 1
        return super().__contains__(str(wanted))


@pytest.mark.parametrize("line", ["import m{0}\n", "from m{0} import a{0}\n"])
def test_imports_do_not_make_the_text_be_searched_again_and_again(line: str) -> None:
    """20,000 of them took twenty seconds."""
    searched = []
    for number in (50, 500):
        Counted.searched = 0
        text = Counted("".join(line.format(each) for each in range(number)) + SCRIPT)
        check(text, Facts(path="/p/score.py"))
        searched.append(Counted.searched)
    assert searched[0] > 0
    assert searched[1] == searched[0]


@pytest.mark.long("only the long run judges times; the gate has the count above")
@pytest.mark.parametrize("line", ["import m{0}\n", "from m{0} import a{0}\n"])
def test_twenty_thousand_imports_are_checked_in_a_moment(line: str) -> None:
    text = "".join(line.format(each) for each in range(20_000)) + SCRIPT
    begun = time.perf_counter()
    found = check(text, Facts(path="/p/score.py"), "entry-script")
    assert within(time.perf_counter() - begun, 4)
    assert any("missing" in each.message for each in found), "the script below them is checked, too"


def test_similar_words_are_those_of_difflib() -> None:
    chance = random.Random(5)

    def word() -> str:
        return "".join(chance.choice("abcdef_/.1é") for _ in range(chance.randint(0, 12)))

    for _ in range(rounds(gate=1500, long=3000)):
        wanted = word()
        words = [word() for _ in range(12)]
        words += [wanted[: chance.randint(0, 12)] + "x" + wanted[chance.randint(0, 12) :] for _ in range(4)]
        count, cutoff = chance.randint(1, 3), chance.choice((0.0, 0.5, 0.6, 0.75, 1.0))
        assert similar(wanted, words, count, cutoff) == get_close_matches(wanted, words, n=count, cutoff=cutoff)
