"""What the checks say of each sample file, and which samples really deploy.

Every entry script and every configuration or environment file among the code samples of the five documents in the
project's reference folder has a counterpart here: written anew, with the same shape and the same defect.
`document` is the number a document's file name begins with, `ordinal` counts its scripts and files from the top;
`include` stands for a text that the documents pull in.

| document, ordinal | what it shows | counterpart |
|---|---|---|
| 000, 1 | conda YAML whose pip list is not indented | environment_misindented |
| 000, include entry script | array of the whole body, error text as a good answer | whole_body |
| 001, 1 | conda YAML, old Python, pip list at the level of its key | environment_listed |
| 001, 2 | path to a model that is a file | single_file |
| 001, 3 | path to a file in a model that is a folder | single_folder |
| 001, 4 | path to one of several models | several_models |
| 001, 5 | decorated script with arrays, sklearn.externals, whole-number sample | numpy_schema |
| 001, 6 | decorated script with a data frame, forgets to import os | pandas_schema |
| 001, include inference configuration | the older keys, most of them null | older_keys |
| 001, include local deployment | computeType local and a port | older_keys, source_folder |
| 001, 7 | list of packages without a key | environment_fragment |
| 001, 8 | raw HTTP that sends the body back | raw_echo |
| 001, 9 | raw HTTP with a CORS header | raw_cors |
| 002, 1 | inference configuration, JSON called YAML | text_labels/inferenceConfig.yml |
| 002, 2 | conda YAML without versions, old Python | environment_plain |
| 002, 3 | script with helpers and several model files in a folder | text_labels |
| 002, 4 | deployment configuration with an upper-case type | text_labels/deploymentConfig.yml |
| 003, 1 | script from a notebook cell, get_model_path, sklearn.externals | json_rows |
| 003, 2 | raw HTTP that turns the bytes round | raw_reversed |
| 003, 3 | conda YAML from a notebook cell | environment_written |
| 003, 4 | decorator and parameter with different names, decoded twice | mismatched_schema |
| 004, 1 | inference configuration with a source directory | source_folder |
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILES = Path(__file__).parent / "files"
ROWS = [[0.5, 1.0, -0.5, 2.0, 0.0, 1.5, -1.0, 0.25, 0.75, -2.0], [1.0] * 10]


@dataclass(frozen=True)
class Call:
    """One request to the deployed sample and what comes back."""

    body: bytes
    answer: object
    """Decoded JSON, or bytes for raw answers; the word `predictions` stands for what `build_model.py` printed."""
    method: str = "POST"
    path: str = "/score"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Deployment:
    """How a sample is deployed for real."""

    calls: tuple[Call, ...]
    models: tuple[tuple[str, str], ...] = ()
    """Model name and what `build_model.py` is to make for it, in the order of registration."""
    beside_script: str = ""
    """What `build_model.py` is to make in the source directory instead of registering it."""
    packages: tuple[str, ...] = ()
    """pip requirements, when no environment file says them."""
    inference_config: str = ""
    deployment_config: str = ""
    """File names in the sample's folder."""


@dataclass(frozen=True)
class Sample:
    """One file, what it stands for and what is said of it."""

    path: str
    document: str
    ordinal: str
    findings: tuple[tuple[str, int], ...] = ()
    """Code and one-based line, in order."""
    deploys: Deployment | None = None


_SKLEARN = ("scikit-learn", "joblib")
_ROWS_BODY = b'{"rows": [[0.5, 1.0, -0.5, 2.0, 0.0, 1.5, -1.0, 0.25, 0.75, -2.0], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]]}'
_RIDGE = (Call(_ROWS_BODY, "predictions"),)
_RAW = Call(b"", b"/score?picture=7", method="GET", path="/score?picture=7")
_MOODS = Deployment(
    (
        Call(b'{"sentence": "a lovely sunny morning"}', {"mood": "GLAD"}),
        Call(b'{"sentence": "awful rain again"}', {"mood": "SAD"}),
    ),
    models=(("moods", "moods"),),
    inference_config="inferenceConfig.yml",
    deployment_config="deploymentConfig.yml",
)
"""The answers also hold a value and the seconds, which differ; compare the mood only."""

SAMPLES: tuple[Sample, ...] = (
    Sample("environment_misindented/conda.yml", "000", "1", (("SD407", 6),)),
    Sample("whole_body/score.py", "000", "include entry script", (("SD122", 15), ("SD123", 20))),
    Sample("environment_listed/conda.yml", "001", "1", ()),
    Sample(
        "single_file/score.py",
        "001",
        "2",
        deploys=Deployment(_RIDGE, (("price_ridge", "ridge-file"),), packages=_SKLEARN),
    ),
    Sample(
        "single_folder/score.py",
        "001",
        "3",
        deploys=Deployment(_RIDGE, (("price_ridge", "ridge-folder"),), packages=_SKLEARN),
    ),
    Sample(
        "several_models/score.py",
        "001",
        "4",
        deploys=Deployment(
            (Call(_ROWS_BODY, {"cheap": "predictions", "dear": "predictions"}),),
            (("price_cheap", "ridge-file"), ("price_dear", "ridge-file")),
            packages=_SKLEARN,
        ),
    ),
    Sample("numpy_schema/score.py", "001", "5", (("SD126", 5), ("SD124", 19), ("SD123", 32))),
    Sample("pandas_schema/score.py", "001", "6", (("SD126", 6), ("SD110", 17), ("SD110", 17), ("SD123", 44))),
    Sample("older_keys/inferenceconfig.json", "001", "include inference configuration", (("SD216", 3), ("SD216", 4))),
    Sample("older_keys/conda.yml", "001", "include inference configuration"),
    Sample("older_keys/deploymentconfig.json", "001", "include local deployment"),
    Sample(
        "older_keys/score.py",
        "001",
        "include inference configuration",
        deploys=Deployment(
            _RIDGE,
            (("price_ridge", "ridge-file"),),
            inference_config="inferenceconfig.json",
            deployment_config="deploymentconfig.json",
        ),
    ),
    Sample("environment_fragment/environment.yml", "001", "7", (("SD414", 1),)),
    Sample("raw_echo/score.py", "001", "8", deploys=Deployment((_RAW, Call(b"\x00\xffpicture", b"\x00\xffpicture")))),
    Sample(
        "raw_cors/score.py",
        "001",
        "9",
        (("SD144", 8),),
        Deployment(
            (_RAW, Call(b"picture", b"picture", headers=(("Access-Control-Allow-Origin", "http://shop.example"),)))
        ),
    ),
    Sample("text_labels/inferenceConfig.yml", "002", "1", (("SD216", 3), ("SD216", 4))),
    Sample("environment_plain/myenv.yml", "002", "2", ()),
    Sample("text_labels/moods.yml", "002", "2"),
    Sample("text_labels/score.py", "002", "3", (("SD123", 46),), _MOODS),
    Sample("text_labels/deploymentConfig.yml", "002", "4"),
    Sample("json_rows/score.py", "003", "1", (("SD102", 1), ("SD126", 6), ("SD187", 22))),
    Sample("raw_reversed/score.py", "003", "2", deploys=Deployment((_RAW, Call(b"abc", b"cba")))),
    Sample("environment_written/conda.yml", "003", "3", (("SD402", 1),)),
    Sample(
        "mismatched_schema/score.py",
        "003",
        "4",
        (("SD102", 1), ("SD126", 6), ("SD112", 23), ("SD121", 26), ("SD187", 28)),
    ),
    Sample("source_folder/inferenceconfig.json", "004", "1"),
    Sample("source_folder/deploymentconfig.json", "004", "include local deployment"),
    Sample(
        "source_folder/service_code/score.py",
        "004",
        "1",
        (("SD517", 11),),
        deploys=Deployment(
            _RIDGE,
            beside_script="ridge-file",
            packages=_SKLEARN,
            inference_config="inferenceconfig.json",
            deployment_config="deploymentconfig.json",
        ),
    ),
)
