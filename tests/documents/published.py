"""The entry scripts of Azure ML's documents, as they were published, and what becomes of each.

The files in `scripts/` are unchanged; `tests/samples` has counterparts that were written anew, for the checks alone.

| script | document (as of) | outcome |
|---|---|---|
| raw_posted | How and where to deploy models (April 2020), binary data | answers |
| raw_cors | the same, cross-origin resource sharing | answers |
| raw_reversed | How and where to deploy models (April 2019), binary data | answers |
| sentiment | Use and deploy an existing model (March 2020) | answers |
| ridge_arrays | How and where to deploy models (April 2020), JSON data | SD126: `sklearn.externals` is gone |
| data_frame | the same, data frames | SD126; SD110: `os` is never imported; SD152, as a warning |
| digits | How and where to deploy models (April 2019), JSON data | SD102: a notebook's line; SD126 |
| digits_schema | the same, schema | SD102; SD126; SD112: a parameter that is none; SD121: decoded twice |

The documents of July 2020 and January 2021 hold no entry script themselves; the one they pull in is `whole_body` of
`tests/samples`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SCRIPTS = Path(__file__).parent / "scripts"
JSON = {"Content-Type": "application/json"}
BYTES = {"Content-Type": "application/octet-stream"}
TEN_COLUMNS = json.dumps({"data": [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]]}).encode()
"""The request of the documents' own clients."""
PICTURE = bytes(range(256))
DIGESTS = {
    "data_frame": "3ccfe7b9152a9a71",
    "digits": "e60ba4043a3b0154",
    "digits_schema": "96b95048ebf2c422",
    "raw_cors": "8695e61398fc96a1",
    "raw_posted": "0d77d141e016acee",
    "raw_reversed": "a1876e26aa117a1b",
    "ridge_arrays": "e2576e58a28bddef",
    "sentiment": "d742813dc7423097",
}
"""The first 16 digits of the SHA-256 of each script as it was taken from its document."""
SKLEARN = ("azureml-defaults", "inference-schema[numpy-support]", "joblib", "numpy", "pandas", "scikit-learn")


@dataclass(frozen=True)
class Call:
    """One request and its answer; `predictions` as an answer means what the model itself predicts."""

    body: bytes
    answer: object
    method: str = "POST"
    query: str = ""
    sent: Mapping[str, str] = field(default_factory=lambda: JSON)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Published:
    """One script of the documents."""

    name: str
    calls: tuple[Call, ...]
    """Of the script as it is or, where it has findings that block, after their repairs."""
    model: str = ""
    """What `build_models.py` makes for it."""
    registered: str = ""
    """The name it is registered under."""
    packages: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[tuple[str, int], ...] = ()
    """Findings that say why it cannot work anywhere: rule and one-based line."""
    fails: str = ""
    """What the runtime says when it is deployed all the same."""

    @property
    def path(self) -> Path:
        return SCRIPTS / f"{self.name}.py"


_GET = Call(b"", b"/score?name=picture&size=2", method="GET", query="?name=picture&size=2")
_GONE = "cannot import name 'joblib' from 'sklearn.externals'"

PUBLISHED = (
    Published("raw_posted", (_GET, Call(PICTURE, PICTURE, sent=BYTES))),
    Published(
        "raw_cors",
        (_GET, Call(PICTURE, PICTURE, sent=BYTES, headers={"Access-Control-Allow-Origin": "http://www.example.com"})),
    ),
    Published("raw_reversed", (_GET, Call(PICTURE, PICTURE[::-1], sent=BYTES))),
    Published(
        "sentiment",
        (
            Call(b'{"text": "Today is a great day!"}', {"label": "POSITIVE"}),
            Call(b'{"text": "rain"}', {"label": "NEGATIVE"}),
        ),
        model="sentiment",
        registered="sentiment",
        # Any backend of Keras does; NumPy, because float() of an array is an error from 2.4 on.
        packages=("azureml-defaults", "gensim", "jax", "keras", "numpy<2.4", "scikit-learn"),
        environment={"KERAS_BACKEND": "jax"},
    ),
    Published(
        "ridge_arrays",
        (Call(TEN_COLUMNS, "predictions"),),
        model="ridge",
        registered="sklearn_mnist",
        packages=SKLEARN,
        errors=(("SD126", 5),),
        fails=_GONE,
    ),
    Published(
        "data_frame",
        (Call(b'{"data": [{"input_name_1": 5.1, "input_name_2": "value2", "input_name_3": 3}]}', "predictions"),),
        model="table",
        registered="automl",
        packages=SKLEARN,
        errors=(("SD126", 6), ("SD110", 17), ("SD110", 17)),
        fails=_GONE,
    ),
    Published(
        "digits",
        (Call(TEN_COLUMNS, "predictions as text"),),
        model="digits",
        registered="sklearn_mnist",
        packages=SKLEARN,
        errors=(("SD102", 1), ("SD126", 6)),
        fails="invalid syntax",
    ),
    Published(
        "digits_schema",
        (Call(b'{"raw_data": [[1.8], [-2.5]]}', "predictions as text"),),
        model="one-column",
        registered="sklearn_mnist",
        packages=SKLEARN,
        errors=(("SD102", 1), ("SD126", 6), ("SD112", 23), ("SD121", 26)),
        fails="invalid syntax",
    ),
)
