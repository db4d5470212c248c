"""Expressions of GitHub Actions (`${{ }}`) and Azure Pipelines (`${{ }}`, `$[ ]`, conditions): one grammar, two sets of
functions.

May import what `pipelines` may. Doors: `evaluate`, `is_true`, `as_text`.
"""

from __future__ import annotations

from scoredock.pipelines.expressions.evaluation import Scope as Scope
from scoredock.pipelines.expressions.evaluation import as_text as as_text
from scoredock.pipelines.expressions.evaluation import evaluate as evaluate
from scoredock.pipelines.expressions.evaluation import is_true as is_true
from scoredock.pipelines.expressions.tokens import ExpressionFault as ExpressionFault
