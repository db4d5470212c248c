"""Whom a rule about scripts is asked of: the entry script, the script of a run of batches, the modules they import."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.rule import SCRIPT_KINDS, Rule, World
from scoredock.checks.check import check
from scoredock.checks.script.imported_modules import imported_modules
from scoredock.checks.script_rules import MODELS, SCRIPTS

RULES = [rule for rule in (*SCRIPTS, *MODELS) if not rule.runs]
ENTRY = "from core import clean\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return clean(data)\n"
ENVIRONMENT = EnvironmentFacts("/project/conda.yml", "project", "3.11", {"azureml-defaults": ""})
BATCH = (
    "import json\n\n\n"
    "def init():\n"
    "    pass\n\n\n"
    "{more}def run(mini_batch):\n"
    "    return [{each} for name in mini_batch]\n"
)
COUNT = "async def count(name):\n    return len(name)\n\n\n"
OTHER = {
    ("SD161", "module"): (
        World("tools/core.py", ("tools/extra.py",)),
        "from ..base import clean\n",
    ),
    ("SD171", "module"): (World("core.py"), "PASSWORD = input()\n"),
    ("SD167", "module"): (
        World("core.py"),
        'from transformers import AutoModel\n\nMODEL = AutoModel.from_pretrained("bert-base-uncased")\n',
    ),
    ("SD190", "batch-script"): (
        World(),
        BATCH.format(more="", each="json.load_s(name)"),
    ),
    ("SD191", "batch-script"): (World(), BATCH.format(more="", each="json.loads()")),
    ("SD193", "batch-script"): (
        World(),
        BATCH.format(more="", each='json.loads("1".strip)'),
    ),
    ("SD194", "batch-script"): (
        World(),
        BATCH.format(more=COUNT, each="count(name) + 1"),
    ),
}
"""Where the example of a rule is about a request, or what a service does with its script: another that such a file can
hold."""


def codes(rule: Rule, kind: str) -> set[str]:
    """What is found in the wrong example of a rule when it is that kind of file."""
    world, text = OTHER.get((rule.code, kind), (rule.world, rule.page.bad))
    if kind == "module":
        world = replace(world, texts=(*world.texts, ("entry.py", ENTRY)))
    facts = replace(world.facts(), imported_by="/project/entry.py" if kind == "module" else "")
    return {finding.code for finding in check(text, facts, kind)}  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_is_asked_of_those_that_it_names(rule: Rule) -> None:
    assert rule.scripts
    found = tuple(kind for kind in SCRIPT_KINDS if rule.code in codes(rule, kind))
    assert found == rule.scripts


@pytest.mark.parametrize(
    ("path", "text", "severity"),
    [
        ("core.py", "from .base import clean\n", "error"),
        ("core.py", "from . import base\n", "error"),
        ("core.py", "def later():\n    from .base import clean\n", "warning"),
        (
            "core.py",
            "try:\n    from .base import clean\nexcept ImportError:\n    from base import clean\n",
            None,
        ),
        (
            "core.py",
            "if __package__:\n    from .base import clean\nelse:\n    from base import clean\n",
            None,
        ),
        ("tools/core.py", "from .base import clean\n", None),
        ("tools/core.py", "from ..base import clean\n", "error"),
        ("tools/__init__.py", "from .base import clean\n", None),
        ("tools/__init__.py", "from ..base import clean\n", "error"),
        (
            "tools/text/core.py",
            "from ..base import clean\nfrom ... import base\n",
            "error",
        ),
        ("tools/text/core.py", "from ..base import clean\nfrom . import base\n", None),
    ],
)
def test_the_dots_of_a_module_stand_for_its_packages(path: str, text: str, severity: str | None) -> None:
    for source_directory in ("", "."):
        world = World(
            path,
            texts=(("score.py", ENTRY), ("base.py", "")),
            source_directory=source_directory,
        )
        facts = replace(world.facts(), imported_by="/project/score.py")
        found = [finding for finding in check(text, facts, "module") if finding.code == "SD161"]
        assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_the_dots_of_a_module_are_not_judged_where_folders_are_added() -> None:
    script = "import sys\n\nsys.path.append('tools/..')\n" + ENTRY
    world = World("core.py", texts=(("score.py", script),))
    assert (
        check(
            "from .base import clean\n",
            replace(world.facts(), imported_by="/project/score.py"),
            "module",
        )
        == []
    )


def test_what_a_service_may_start_without_is_no_error() -> None:
    """Neither a mistake in it nor a package that it lacks."""
    world = World("core.py", texts=(("score.py", ENTRY),), environment=ENVIRONMENT)
    known = replace(world.facts(), imported_by="/project/score.py")
    for text in (
        "def broken(:\n",
        "import matplotlib\n\nmatplotlib.figure\n",
        "import core_of_ours\n\nnothing()\n",
    ):
        surely = check(text, known, "module")
        perhaps = check(text, replace(known, surely_imported=False), "module")
        assert "error" in {finding.severity for finding in surely}
        assert "error" not in {finding.severity for finding in perhaps}


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("import a", {"a": True}),
        ("from a import b", {"a": True}),
        ("try:\n    import a\nexcept ImportError:\n    a = None", {"a": False}),
        (
            "try:\n    import a\nexcept ImportError as e:\n    print(e)\n    raise",
            {"a": True},
        ),
        ("try:\n    import a\nfinally:\n    print()", {"a": True}),
        ("if x:\n    import a\nelse:\n    import b", {"a": False, "b": False}),
        ("if x:\n    import a\nimport a", {"a": True}),
        ("if __name__ == '__main__':\n    import a", {}),
        (
            "import typing as t\nif t.TYPE_CHECKING:\n    import a\nimport b",
            {"b": True},
        ),
        (
            "def init():\n    import a\n\ndef run(data):\n    import b",
            {"a": True, "b": True},
        ),
        ("def other():\n    import a", {"a": False}),
        (
            "class C:\n    import a\n    def init(self):\n        import b",
            {"a": True, "b": False},
        ),
        ("with x:\n    import a", {"a": True}),
        ("import c", {"c": True, "a": True, "b": False}),
    ],
)
def test_whether_a_module_is_surely_imported(script: str, found: dict[str, bool]) -> None:
    texts = {
        "/p/a.py": "",
        "/p/b.py": "",
        "/p/c.py": "import a\n\ndef run():\n    import b\n",
        "/p/score.py": script,
    }
    imported = imported_modules("/p/score.py", script, "", texts.__contains__, texts.get)
    assert imported == {f"/p/{name}.py": surely for name, surely in found.items()}
