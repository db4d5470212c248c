"""What the ledger keeps of a revision: read as it was written, by older and newer releases too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoredock.engines.base import ContainerOptions
from scoredock.engines.front_end import PATIENT, FrontEnd
from scoredock.environments.spec import CondaPackages, EnvironmentSpec, ImageSpec
from scoredock.services.request import DeployRequest, with_defaults
from scoredock.services.revision import EntryScript, Revision, RevisionSpec, revision_from_text, revision_to_text

WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
FOLDER = Path("/project").absolute()
OF_AN_OLDER_RELEASE = {
    "name": "svc",
    "models": ["m:1"],
    "entry_script": "/p/score.py",
    "engine": "docker",
    "overwrite": True,
    "resolved": {
        "entry_script": "/p/score.py",
        "source_directory": "",
        "staged_script": "score.py",
        "model_dir": "azureml-models/m/1",
        "variables": {"A": "1"},
        "port": None,
        "environment": {"python": None, "requirements": ["numpy"], "source": "", "display_name": "numpy default"},
    },
}


def read(text: str) -> Revision:
    return revision_from_text(
        text, service="svc", number=3, models=("m:1",), environment_key="k", python="/python", created=1.0
    )


@given(
    script=WORD,
    inside=st.booleans(),
    variables=st.dictionaries(WORD, WORD, max_size=3),
    port=st.none() | st.integers(1, 65_535),
    requirements=st.lists(WORD, max_size=3),
    conda=st.none() | st.builds(CondaPackages, specs=st.just(("python", "xgboost")), channels=st.just(("defaults",))),
    options=st.builds(ContainerOptions, cpus=st.none() | st.just(0.5), capabilities=st.just(("CHOWN",)), user=WORD),
    front=st.builds(FrontEnd, authentication=st.sampled_from(["", "keys", "tokens"]), liveness=st.just(PATIENT)),
    skipped=st.booleans(),
    is_reload=st.booleans(),
)
def test_what_is_written_is_read(
    script: str,
    inside: bool,
    variables: dict[str, str],
    port: int | None,
    requirements: list[str],
    conda: CondaPackages | None,
    options: ContainerOptions,
    front: FrontEnd,
    skipped: bool,
    is_reload: bool,
) -> None:
    request = with_defaults(
        DeployRequest(
            "svc", models=("m:1",), port=port, environment_variables=variables, skip_checks=skipped, tags=variables
        )
    )
    spec = RevisionSpec(
        script=EntryScript(FOLDER / "in" / script, FOLDER / "in" if inside else None),
        staged_script=f"in/{script}",
        model_dir="azureml-models",
        environment=EnvironmentSpec(
            "3.11",
            tuple(requirements),
            "/p/conda.yml",
            "p",
            fallback=None if inside else (),
            conda=conda,
            image=ImageSpec(),
        ),
        variables=variables,
        port=port,
        registered_environment="e:1",
        front=front,
        strict=inside,
        options=options,
    )
    seen = read(revision_to_text(request, spec, is_reload=is_reload))
    assert seen == Revision("svc", 3, ("m:1",), request, spec, "k", "/python", 1.0, is_reload)


def test_a_row_of_an_older_release() -> None:
    seen = read(json.dumps({**OF_AN_OLDER_RELEASE, "checks_skipped": True, "reload": True}))
    assert seen.request == with_defaults(
        DeployRequest(
            "svc", models=("m:1",), entry_script="/p/score.py", engine="docker", overwrite=True, skip_checks=True
        )
    )
    assert seen.is_reload
    assert seen.spec is not None
    assert (seen.spec.options, seen.spec.front, seen.spec.strict) == (ContainerOptions(), FrontEnd(), False)
    assert (seen.spec.environment.requirements, seen.spec.variables) == (("numpy",), {"A": "1"})


def test_a_row_of_a_newer_release_is_read_as_far_as_it_is_known() -> None:
    raw: dict[str, Any] = json.loads(json.dumps(OF_AN_OLDER_RELEASE))
    raw |= {"format": 99, "of a newer release": [1]}
    raw["resolved"] |= {
        "of a newer release": {},
        "options": {"pids_limit": 9, "of a newer release": 1, "capabilities": ["CHOWN"]},
    }
    seen = read(json.dumps(raw))
    assert seen.spec is not None
    assert seen.spec.options == ContainerOptions(pids_limit=9, capabilities=("CHOWN",))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "7", '"x"', "{", '{"models": 1}', '{"resolved": []}', '{"resolved": {"entry_script": 1}}'],
)
def test_a_row_that_makes_no_sense_fails_nothing(text: str) -> None:
    seen = read(text)
    assert (seen.service, seen.number, seen.request.name, seen.spec) == ("svc", 3, "svc", None)
