"""Pickles that nobody should load: none of them passes for one of known names, and looking at them does nothing."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from scoredock.pickles.machine import Machine
from scoredock.pickles.scan import scan

from pickle_writing import FORMS, GADGETS, by_memo, by_stack, filled

LISTED_AS_BAD = 213
"""Gadgets that the lists know by name; the others are told as unknown. It only ever grows."""


def state_of(content: bytes, name: str = "weights.bin") -> str:
    return scan([(lambda: io.BytesIO(content), name)])[0]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_no_gadget_passes(form: Callable[..., bytes]) -> None:
    states: Counter[str] = Counter()
    for module, attribute, values in GADGETS:
        state, found = scan([(partial(io.BytesIO, form(module, attribute, values)), "weights.bin")])
        states[state] += 1
        named = f"{module}.{attribute}"
        if state == "unknown" and module not in ("builtins", "__builtin__", "numpy._core", "numpy.core"):
            assert named in found.unknown, (named, found)
    assert len(GADGETS) >= 200
    assert set(states) <= {"bad", "unknown"}, states
    assert states["bad"] >= LISTED_AS_BAD, states


def test_looking_at_them_imports_calls_and_opens_nothing(tmp_path: Path) -> None:
    """In a process of its own, where every call of this kind is counted by the interpreter itself."""
    canary = tmp_path / "canary"
    program = """
        import io, json, sys
        from pickle_writing import FORMS, GADGETS, filled
        from scoredock.pickles.scan import scan
        corpus = [form(m, a, filled(v, sys.argv[1])) for form in FORMS for m, a, v in GADGETS]
        for form in FORMS:  # lists and text encodings are read when they are first needed
            scan([(lambda: io.BytesIO(form("json", "loads", ())), "m.pkl")])
        events, modules = [], set(sys.modules)
        sys.addaudithook(lambda event, _: None if event == "builtins.id" else events.append(event))
        states = {scan([(lambda: io.BytesIO(each), "m.pkl")])[0] for each in corpus}
        seen = sorted(set(events))
        print(json.dumps([len(corpus), sorted(states), seen, sorted(set(sys.modules) - modules)]))
    """
    import scoredock

    folders = [str(Path(__file__).parents[1]), str(Path(scoredock.__file__).parents[1])]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {folders!r}\n{textwrap.dedent(program)}", str(canary)],
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
    )
    count, states, events, imported = json.loads(done.stdout)
    assert count == len(FORMS) * len(GADGETS)
    assert states == ["bad", "unknown"]
    assert events == []
    assert imported == []
    assert not canary.exists()


def test_a_machine_that_forgets_texts_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted bug: what MEMOIZE keeps is not the text that was there."""
    module, attribute, values = GADGETS[0]
    made = by_memo(module, attribute, filled(values, "x"))
    assert state_of(made) == "bad"

    def forgetful(machine: Machine, index: int) -> None:
        machine.stack[-1], kept = "collections", machine.stack[-1]
        remember(machine, index)
        machine.stack[-1] = kept

    remember = Machine.remember
    monkeypatch.setattr(Machine, "remember", forgetful)
    assert state_of(made) != "bad"
    with pytest.raises(AssertionError):
        test_no_gadget_passes(by_memo)


def test_one_among_many_files_is_enough() -> None:
    files = [
        (lambda: io.BytesIO(b"text"), "readme.txt"),
        (lambda: io.BytesIO(by_stack("os", "system", ("id",))), "a/b"),
    ]
    state, found = scan(files)
    assert (state, found.bad) == ("bad", ("os.system",))
