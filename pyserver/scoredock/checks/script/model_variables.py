"""Names that hold a model which was read from a file."""

from __future__ import annotations

import ast

from scoredock.checks.script.qualified import qualified
from scoredock.checks.script.scope import Scope

MODEL_LOADERS = (
    ".joblib.load",
    ".pickle.load",
    ".dill.load",
    ".torch.load",
    ".torch.jit.load",
    ".models.load_model",
    ".onnxruntime.InferenceSession",
    ".sklearn.load_model",
    ".pyfunc.load_model",
    ".saved_model.load",
    ".from_pretrained",
)
"""Ends of the names of functions that read a model."""
KERAS_LOADERS = (".keras.models.load_model", ".load_model")
"""Those of Keras."""
LOADERS = (".joblib.load", ".pickle.load", ".dill.load", ".cloudpickle.load")


def is_loaded(name: str, scope: Scope, loaders: tuple[str, ...] = LOADERS) -> bool:
    """True if a name holds what one of the loaders gave, and never anything else but None."""
    values = scope.resolve(name)
    loaded = [
        b
        for b in values
        if b.kind == "value"
        and isinstance(b.value, ast.Call)
        and b.owner is not None
        and _is_loader(b.value, b.owner, loaders)
    ]
    rest = [b for b in values if b not in loaded and not (isinstance(b.value, ast.Constant) and b.value.value is None)]
    return bool(loaded) and not rest


def _is_loader(call: ast.Call, scope: Scope, loaders: tuple[str, ...]) -> bool:
    text = "." + qualified(call.func, scope)
    return any(text.endswith(loader) for loader in loaders)
