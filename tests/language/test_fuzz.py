"""Every question at random places of random prefixes of samples: nothing raises, and nothing points outside the text.

`SCOREDOCK_FUZZ=20000 pytest tests/language/test_fuzz.py` tries more examples than the usual 150 (2,000 in the long
run).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoredock.analysis.tree import Lines
from scoredock.checks.catalogue import RULES
from scoredock.language.code_actions import code_actions, fix_everything
from scoredock.language.code_lens import code_lenses
from scoredock.language.completions import completions
from scoredock.language.completions.skeletons import SKELETONS
from scoredock.language.definition import definition
from scoredock.language.hover import hover
from scoredock.language.inlay_hints import inlay_hints
from scoredock.language.links import links
from scoredock.language.mentions import mentions
from scoredock.language.references import rename_edits, subject_at
from scoredock.text import Position, Range

from depth import rounds
from language.test_completions import DC, DEPLOYMENT, ENDPOINT, HEAD, IC, MODELS, SPELLINGS, TAIL, facts

EXAMPLES = rounds(gate=150, long=2_000, name="SCOREDOCK_FUZZ")
FOLDER = Path(__file__).parents[2] / "examples" / "diabetes"
SEEDS = [
    *((r.world.path, text) for r in RULES if r.code != "SD199" for text in (r.page.bad, r.page.good)),
    *(("score.py", s.text) for s in SKELETONS),
    *(("score.py", HEAD + line + TAIL) for line in SPELLINGS),
    *(
        (p.name, p.read_text(encoding="utf-8"))
        for p in sorted(FOLDER.iterdir())
        if p.suffix in (".py", ".json", ".yml")
    ),
    ("deploy.sh", "az ml model deploy -n x \\\n  -m price:2 --ic inferenceconfig.json --es=score.py\n"),
    ("online.yml", ENDPOINT),
    ("online.yml", DEPLOYMENT + "model:\n  path: model\nenvironment:\n  conda_file: conda.yml\n"),
    (IC, '{"entryScript": "score.py", "environment": {"name": "mine", "version": "1", "docker": {"arguments": []}}}'),
    (DC, '{"computeType": "aks", "autoScaler": {"maxReplicas": 3}, "keys": null}'),
]
PIECES = [
    "",
    '"',
    "'",
    "{",
    "[",
    "(",
    ":",
    ",",
    "-",
    "#",
    "\\",
    '"""',
    "\x00",
    "\ud800",
    "\U0001f600",
    "\r",
    "\u2028",
    "\t",
    "@",
    "/",
]


def inside(text: str, ranges: Iterable[Range]) -> None:
    """Every range is one of the text: its ends are where they say, in order."""
    lines = Lines(text)
    for found in ranges:
        for place in (found.start, found.end):
            assert lines.position(lines.offset(place)) == place, (found, place)
        assert found.start <= found.end


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=True)
@given(st.sampled_from(SEEDS), st.data())
def test_nothing_raises_and_nothing_points_outside(seed: tuple[str, str], data: st.DataObject) -> None:
    path, text = seed
    text = text[: data.draw(st.integers(0, len(text)))]
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(st.sampled_from(PIECES)) + text[at:]
    deployed = data.draw(st.sampled_from([None, (), MODELS[1:2], MODELS[1:]]))
    known = facts(path, deployed)
    lines = Lines(text)
    place = lines.position(data.draw(st.integers(0, len(text))))
    stray = Position(data.draw(st.integers(0, 50)), data.draw(st.integers(0, 90)))
    everything = lines.range(0, len(text))
    for where in (place, stray):
        proposed = completions(text, known, where)
        inside(text, (p.range for p in proposed))
        inside(text, (e.range for p in proposed for e in p.edits))
        for each in proposed:
            assert each.range.start <= lines.position(lines.offset(where)) <= each.range.end
            for edit in each.edits:  # the editor refuses edits that touch what is replaced
                assert edit.range.end <= each.range.start or each.range.end <= edit.range.start
        shown = hover(text, known, where)
        inside(text, [shown.range] if shown is not None else [])
        target = definition(text, known, where)
        inside(text, [target.origin] if target is not None else [])
        subject = subject_at(text, known, where)
        inside(text, subject.places if subject is not None else ())
    found = mentions(text, known)
    inside(text, (m.range for m in found))
    inside(text, (e.range for e in rename_edits(text, found, [("/project/score.py", "/project/x.py")])))
    inside(text, (link.range for link in links(text, known)))
    inside(text, (lens.range for lens in code_lenses(text, known)))
    inside(text, (Range(h.place, h.place) for h in inlay_hints(text, known, everything)))
    actions = [*code_actions(text, known, Range(place, place)), fix_everything(text, [])]
    inside(text, (e.range for a in actions if a is not None and not a.path for e in a.edits))
