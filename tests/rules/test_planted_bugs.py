"""The table of planted bugs fits the product as it is, and each bug meets tests. `npm run test:planted` runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.planted.bugs import BUGS, Bug
from rules.planted.layers import NOT_TRIED, Graph


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph(Path(__file__).resolve().parents[2])


def test_the_table_has_thirty_bugs_and_excuses_two_at_most() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) == 30
    assert len({(bug.file, bug.before) for bug in BUGS}) == len(BUGS)
    assert sum(bool(bug.missed) for bug in BUGS) <= 2


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_is_one_changed_line_that_the_product_has(root: Path, bug: Bug) -> None:
    text = (root / bug.file).read_text(encoding="utf-8")
    assert text.count(bug.before) == 1, f"{bug.file} does not hold this exactly once: {bug.before}"
    assert bug.before != bug.after
    assert "\n" not in bug.before + bug.after
    assert bug.noticed.endswith(".")
    if bug.file.endswith(".py"):
        compile(text.replace(bug.before, bug.after), bug.file, "exec")


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_meets_tests(graph: Graph, bug: Bug) -> None:
    assert graph.concerned(bug.file)


@pytest.mark.parametrize(
    ("changed", "nearest", "others"),
    [
        pytest.param(
            "pyserver/scoredock/registry/store/aliases.py", "registry", {"cli", "lsp", "deploy"}, id="imported"
        ),
        pytest.param(
            "pyserver/runtime/scoredock_runtime/worker/swagger.py", "runtime", {"engines", "cli"}, id="as-a-process"
        ),
        pytest.param(
            "pyserver/runtime/scoredock_runtime/shims/aml_request.py",
            "runtime",
            {"schema"},
            id="by-a-name-put-together",
        ),
        pytest.param("pyserver/scoredock/features/services/logs.py", "lsp", {"ui"}, id="started-by-an-editor"),
        pytest.param("extension/state/state.ts", "extension", {"ui"}, id="typescript"),
    ],
)
def test_layers_are_told_from_imports_and_doors(graph: Graph, changed: str, nearest: str, others: set[str]) -> None:
    layers = [each.layer for each in graph.concerned(changed)]
    assert layers[0] == nearest
    assert others - set(NOT_TRIED) <= set(layers)


def test_layers_that_do_not_import_it_are_left_out(graph: Graph) -> None:
    assert {"containers", "pickles", "checks"}.isdisjoint(
        each.layer for each in graph.concerned("pyserver/scoredock/contrib/runs/domain/mlflow/children.py")
    )


def test_of_two_layers_as_near_the_quicker_is_tried_first(graph: Graph) -> None:
    changed = "pyserver/scoredock/registry/store/durable.py"
    for quick, slow in (("faults", "runs"), ("runs", "faults")):
        order = [each.layer for each in graph.concerned(changed, {slow: 500.0, quick: 5.0})]
        assert order.index(quick) < order.index(slow)
