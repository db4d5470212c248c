"""Samples from what a model says of its input: columns, their names, categories, words, and where trees branch."""

import random
from typing import Any, Callable, Dict, List, Optional, Sequence

from .answers import Samples, first_problem, some_of
from .failures import CannotCarry

_MOST_WORDS = 12
_MOST_THRESHOLDS = 2000
_SPREAD = 2.0
"""How many standard deviations numbers go to either side of the mean."""
_Maker = Callable[[random.Random], Any]


def made_samples(model: Any, count: int) -> Samples:
    """Samples for a model; the same ones every time.

    Raises CannotCarry `samples` where the model does not say what it takes, or answers none of them.
    """
    generator = random.Random(20)  # noqa: S311 (no secret is drawn)
    first = _first_step(model)
    if _is_text(first):
        maker = _text_maker(first)
        samples: Samples = {"texts": [maker(generator) for _ in range(count)]}
    else:
        names = _names(first)
        makers = _column_makers(model, first, names)
        if not makers:
            raise CannotCarry("samples", [])
        rows = [[maker(generator) for maker in makers] for _ in range(count)]
        samples = {"columns": names or None, "rows": rows}
    problem = first_problem(model, samples)
    if problem is None:
        return samples
    kept = [number for number in range(count) if first_problem(model, some_of(samples, [number])) is None]
    if not kept:
        raise CannotCarry("samples", [], problem)
    return some_of(samples, kept)


def _first_step(model: Any) -> Any:
    """First step that sees the input: within pipelines and searches."""
    for _ in range(20):
        if hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif hasattr(model, "steps"):
            steps = [step for _, step in model.steps if step is not None and step != "passthrough"]
            if not steps:
                return model
            model = steps[0]
        elif hasattr(model, "transformer_list"):
            model = model.transformer_list[0][1]
        else:
            break
    return model


def _is_text(model: Any) -> bool:
    return type(model).__name__ in ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer")


def _names(model: Any) -> List[str]:
    for attribute in ("feature_names_in_", "_feature_names_in", "_df_columns"):
        names = getattr(model, attribute, None)
        if names is not None and len(names) and all(isinstance(each, str) for each in names):
            return [str(each) for each in names]
    return []


def _width(model: Any, names: Sequence[str]) -> int:
    for attribute in ("n_features_in_", "_n_features_in", "n_features_", "_n_features"):
        try:
            count = getattr(model, attribute, None)
        except Exception:  # a property of an old release that its own newer one refuses
            count = None
        if isinstance(count, int) and count > 0:
            return count
    weights = getattr(model, "coef_", None)
    return len(names) or (int(weights.shape[-1]) if weights is not None else 0)


def _column_makers(model: Any, first: Any, names: Sequence[str]) -> List[_Maker]:
    # A function says nothing of its input: what comes after it does.
    later = [step for _, step in getattr(model, "steps", ())]
    width = next(filter(None, (_width(each, names) for each in [first, *later])), 0)
    if not hasattr(first, "transformers_"):
        own = _of_columns(first, width)
        seen = _thresholds(model) if first is model or _keeps_columns(first) else {}
        return [own.get(number) or _number_maker(seen.get(number)) for number in range(width)]
    makers: Dict[int, _Maker] = {}
    for _, transformer, columns in first.transformers_:
        numbers = _positions(columns, names, width)
        inner = _first_step(transformer)
        if _is_text(inner):
            makers.update({number: _text_maker(inner) for number in numbers})
        elif transformer != "drop":
            inner_makers = _of_steps(transformer, len(numbers))
            places = {place: number for place, number in enumerate(numbers) if place in inner_makers}
            makers.update({number: inner_makers[place] for place, number in places.items()})
    return [makers.get(number) or _number_maker(None) for number in range(width)]


def _keeps_columns(model: Any) -> bool:
    return hasattr(model, "statistics_")


def _positions(columns: Any, names: Sequence[str], width: int) -> List[int]:
    """Positions of the columns of a part."""
    if isinstance(columns, (str, int)):
        columns = [columns]
    elif isinstance(columns, slice):
        return list(range(width))[columns]
    if hasattr(columns, "tolist"):
        columns = columns.tolist()
    if not isinstance(columns, list):
        return []
    if columns and all(isinstance(each, bool) for each in columns):
        return [number for number, is_taken in enumerate(columns) if is_taken]
    return [names.index(each) if isinstance(each, str) else int(each) for each in columns]


def _of_steps(transformer: Any, width: int) -> Dict[int, _Maker]:
    """Makers of values by column, from the first step that tells of the values of its columns."""
    for _, step in getattr(transformer, "steps", None) or [("", transformer)]:
        makers = _of_columns(step, width)
        if makers:
            return makers
    return {}


def _of_columns(model: Any, width: int) -> Dict[int, _Maker]:
    """Column → what makes its values, as far as a part tells."""
    categories = getattr(model, "categories_", None)
    if categories is not None:
        return {number: _choice(_plain_list(each)) for number, each in enumerate(categories)}
    means, deviations = getattr(model, "mean_", None), getattr(model, "scale_", None)
    if means is not None and deviations is not None and len(means) == width:
        pairs = zip(_plain_list(means), _plain_list(deviations))
        return {number: _normal(mean, deviation) for number, (mean, deviation) in enumerate(pairs)}
    low, high = getattr(model, "data_min_", None), getattr(model, "data_max_", None)
    if low is not None and high is not None and len(low) == width:
        spans = zip(_plain_list(low), _plain_list(high))
        return {number: _uniform(*span) for number, span in enumerate(spans)}
    middle = getattr(model, "statistics_", None)
    if middle is not None and len(middle) == width:
        return {number: _around(each) for number, each in enumerate(_plain_list(middle))}
    return {}


def _plain_list(values: Any) -> List[Any]:
    plain: List[Any] = values.tolist() if hasattr(values, "tolist") else list(values)
    return plain


def _choice(values: List[Any]) -> _Maker:
    return lambda generator: generator.choice(values)


def _normal(mean: float, deviation: float) -> _Maker:
    return lambda generator: mean + deviation * generator.uniform(-_SPREAD, _SPREAD)


def _uniform(low: float, high: float) -> _Maker:
    return lambda generator: generator.uniform(low, high)


def _around(middle: Any) -> _Maker:
    if isinstance(middle, str):
        return lambda _: middle
    width = abs(middle) or 1.0
    return lambda generator: middle + generator.uniform(-width, width)


def _number_maker(thresholds: Optional[List[float]]) -> _Maker:
    """Numbers on both sides of where trees branch; of all sizes where there are none."""
    if thresholds:
        low, high = min(thresholds), max(thresholds)
        width = (high - low) or abs(high) or 1.0
        return lambda generator: (
            generator.choice(thresholds) + generator.uniform(-0.05, 0.05) * width
            if generator.random() < 0.7
            else generator.uniform(low - width / 2, high + width / 2)
        )
    return lambda generator: generator.gauss(0, 1) * generator.choice((0.1, 1.0, 10.0))


def _thresholds(model: Any) -> Dict[int, List[float]]:
    """Column → the numbers at which the trees of a model branch."""
    by_feature: Dict[int, List[float]] = {}
    waiting = [model]
    while waiting:
        each = waiting.pop()
        if hasattr(each, "best_estimator_"):
            waiting.append(each.best_estimator_)
        elif hasattr(each, "steps"):
            waiting.extend(step for _, step in each.steps)
        elif hasattr(each, "tree_"):
            tree = each.tree_
            for feature, threshold in zip(tree.feature.tolist(), tree.threshold.tolist()):
                if feature >= 0 and len(by_feature.setdefault(feature, [])) < _MOST_THRESHOLDS:
                    by_feature[feature].append(threshold)
        elif hasattr(each, "estimators_"):
            parts = each.estimators_
            waiting.extend(parts.ravel().tolist() if hasattr(parts, "ravel") else list(parts))
    return by_feature


def _words(model: Any) -> List[str]:
    vocabulary = getattr(model, "vocabulary_", None) or {}
    return sorted(str(each) for each in vocabulary)


def _text_maker(model: Any) -> _Maker:
    words = _words(model) or ["alpha", "beta", "gamma", "delta"]
    if getattr(model, "analyzer", "word") in ("char", "char_wb"):
        return lambda generator: "".join(generator.choice(words) for _ in range(generator.randint(1, _MOST_WORDS)))
    return lambda generator: " ".join(generator.choice(words) for _ in range(generator.randint(1, _MOST_WORDS)))
