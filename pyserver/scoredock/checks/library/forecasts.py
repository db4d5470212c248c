"""Models that predict without data: a time series goes on by itself."""

from __future__ import annotations

import ast
import re

from scoredock.checks.script.script import ParsedScript

OF_DATA = ("predict", "predict_proba", "decision_function")
"""What models are asked with."""
_FORECASTS = re.compile(r"statsmodels|prophet|arima|forecast", re.IGNORECASE)
"""What tells of such a model."""


def forecasts(script: ParsedScript) -> bool:
    """True if a script speaks of a model that predicts without data."""
    return bool(_FORECASTS.search(script.text))


def may_forecast(script: ParsedScript) -> bool:
    """The same, asked of the text only where a model is asked without data."""
    return any(
        call.func.__class__ is ast.Attribute and call.func.attr in OF_DATA and not (call.args or call.keywords)
        for call, _, _ in script.method_calls
    ) and forecasts(script)
