"""Which child of a parent run is meant, and what a model is called."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.contrib.runs.domain.mlflow.children import best_by, choose, less_is_better, primary_metric
from scoredock.contrib.runs.domain.mlflow.records import RunRecord, finite
from scoredock.errors import ScoredockError
from scoredock.registry.grammar import fit_name, require_model_name


def run(
    id: str,
    *,
    name: str = "",
    started: float = 0.0,
    status: str = "FINISHED",
    tags: dict[str, str] | None = None,
    params: dict[str, str] | None = None,
    **metrics: float,
) -> RunRecord:
    return RunRecord(id, name, "1", status, started, None, "", metrics, params or {}, tags or {})


@contextlib.contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(ScoredockError) as caught:
        yield
    assert caught.value.code == "run-choice-invalid"


@pytest.mark.parametrize(
    "name",
    [
        "log_loss",
        "val_loss",
        "valLoss",
        "LogLoss",
        "rmse",
        "test-rmse",
        "RMSE",
        "mae",
        "mean_absolute_error",
        "mape",
        "root_mean_squared_log_error",
        "normalized_root_mean_squared_error",
        "median_absolute_error",
        "eval/loss",
        "loss_1",
        "wer",
        "perplexity",
        "xentloss",
    ],
)
def test_metrics_that_are_better_when_smaller(name: str) -> None:
    assert less_is_better(name)


@pytest.mark.parametrize(
    "name",
    [
        "accuracy",
        "AUC_weighted",
        "norm_macro_recall",
        "r2_score",
        "f1",
        "precision_score_macro",
        "spearman_correlation",
        "neg_mean_absolute_error",
        "neg_log_loss",
        "negRMSE",
        "explained_variance",
        "average_precision_score_weighted",
        "matthews_correlation",
        "glossary_hits",
        "maestro",
        "",
    ],
)
def test_metrics_that_are_better_when_greater(name: str) -> None:
    assert not less_is_better(name)


def test_rules_of_the_primary_metric() -> None:
    assert primary_metric(run("p", tags={"primary_metric": "f1"}, params={"primary_metric": "auc"})) == "f1"
    assert primary_metric(run("p", params={"primary_metric": "auc"})) == "auc"
    assert primary_metric(run("p", tags={"azureml.primary_metric": "auc"})) == "auc"
    settings = {"AMLSettingsJsonString": json.dumps({"primary_metric": "accuracy", "metric_operation": "maximize"})}
    assert primary_metric(run("p", tags=settings)) == "accuracy"
    for broken in ("{", "[1]", "[" * 10_000, '{"primary_metric": 7}'):
        assert primary_metric(run("p", tags={"AMLSettingsJsonString": broken})) == ""


def test_the_direction_that_the_parent_says_wins_over_the_name() -> None:
    children = [run("a", started=1, error=1.0), run("b", started=2, error=2.0)]
    tags = {"primary_metric": "error"}
    assert choose(run("p", tags=tags), children, "", None).run.id == "a"
    assert choose(run("p", tags={**tags, "metric_goal": "MAXIMIZE"}), children, "", None).run.id == "b"
    assert choose(run("p", tags={**tags, "metric_goal": "max"}), children, "error", None).run.id == "b"
    settings = {"AMLSettingsJsonString": json.dumps({"primary_metric": "error", "metric_operation": "maximize"})}
    assert choose(run("p", tags=settings), children, "", None).run.id == "b"


def test_the_best_child_that_the_parent_names() -> None:
    children = [run("a", score=1.0), run("b", score=2.0)]
    tags = {"primary_metric": "score", "automl_best_child_run_id": "a"}
    assert choose(run("p", tags=tags), children, "", None).run.id == "a"
    assert choose(run("p", tags=tags), children, "score", None).run.id == "b", "a metric was asked for"
    assert choose(run("p", tags={**tags, "automl_best_child_run_id": "x"}), children, "", None).run.id == "b"


def test_iterations() -> None:
    parent = run("p")
    labelled = [run("a", name="x_5", params={"iteration": "3"}), run("b", name="x_3", tags={"iteration": "5"})]
    assert choose(parent, labelled, "", 3).run.id == "a"
    named = [run("a", name="AutoML_1_0"), run("b", name="AutoML_1_11")]
    assert choose(parent, named, "", 11).run.id == "b"
    assert choose(parent, [run("AutoML_1_7"), run("AutoML_1_8")], "", 8).run.id == "AutoML_1_8"
    for wrong in (1, -1, 10**12):
        with refused():
            choose(parent, named, "", wrong)


def test_what_cannot_be_chosen() -> None:
    for metric, iteration in (("a", 1), ("a", None), ("", 1)):
        with refused():
            choose(run("p"), [], metric, iteration)
    with refused():
        choose(run("p", tags={"primary_metric": "f1"}), [run("a", status="RUNNING", f1=1.0)], "", None)
    plain = run("p", tags={"primary_metric": "f1"})
    assert choose(plain, [], "", None).run is plain, "no parent at all"
    assert choose(run("p"), [run("a", f1=1.0)], "", None).reason == ""


@given(
    st.lists(
        st.tuples(st.floats(allow_nan=True), st.sampled_from(["FINISHED", "FAILED", "RUNNING"]), st.integers(0, 3))
    ),
    st.booleans(),
)
def test_the_best_is_the_earliest_of_the_best_finished_finite_values(
    values: list[tuple[float, str, int]], least: bool
) -> None:
    children = []
    for index, (value, status, started) in enumerate(values):
        number = finite(value)
        metrics = {} if number is None else {"m": number}
        children.append(run(f"{index:03}", started=started, status=status, **metrics))
    best = best_by(children, "m", least=least)
    fitting = [
        (value if least else -value, started, f"{index:03}")
        for index, (value, status, started) in enumerate(values)
        if status == "FINISHED" and math.isfinite(value) and abs(value) < 1.797e308
    ]
    assert (best.id if best else None) == (min(fitting)[2] if fitting else None)


@given(st.text())
def test_every_name_fits_the_grammar_or_is_empty(text: str) -> None:
    name = fit_name(text)
    if name:
        require_model_name(name)


def test_names() -> None:
    assert fit_name("Größe v1.2 / final") == "Groe-v1.2-final"
    assert fit_name("AutoML_1_2") == "AutoML_1_2"
    assert fit_name("___") == ""
    assert len(fit_name("x" * 999)) == 255
