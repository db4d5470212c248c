"""Which v2 files are known as what, and that files of others are left alone."""

from __future__ import annotations

import pytest
from scoredock.formats.document_kind import kind_of
from scoredock.formats.v2.kinds import v2_kind
from scoredock.formats.v2.tables import FIELDS, schema_address

from .correct_files import CORRECT
from .foreign_files import FOREIGN

_CASES = [(kind, name) for kind, files in CORRECT.items() for name in files]


@pytest.mark.parametrize(("kind", "name"), _CASES)
def test_every_published_form_is_known(kind: str, name: str) -> None:
    assert kind_of("/project/d/some-file.yml", CORRECT[kind][name]) == kind


@pytest.mark.parametrize("name", FOREIGN)
def test_files_of_others_are_left_alone(name: str) -> None:
    for path in ("/project/values.yaml", "/project/deployment.yml", "/project/endpoint.yml"):
        assert v2_kind(path, FOREIGN[name])[0] is None
        assert kind_of(path, FOREIGN[name]) in (None, "conda", "commands")


@pytest.mark.parametrize("kind", FIELDS)
def test_kinds_are_known_by_their_schema_alone(kind: str) -> None:
    for kubernetes in (False, True):
        address = schema_address(kind, kubernetes=kubernetes)  # type: ignore[arg-type]
        assert kind_of("/project/x.yml", f"$schema: {address}\n") == kind
        assert kind_of("/project/x.yml", f'"$schema": "{address}"\n') == kind
        assert kind_of("/project/x.yml", f"# yaml-language-server: $schema={address}\n") == kind


def test_older_addresses_and_spellings_are_known() -> None:
    assert kind_of("x.yml", "$schema: http://azureml/sdk-2-0/BatchDeployment.json\n") == "batch-deployment"
    assert kind_of("x.yml", "endpointName: a\ninstanceType: b\n") == "online-deployment"
    assert kind_of("x.yml", "name: a\nauthMode: key\n") == "online-endpoint"
    assert kind_of("batch-endpoint.yml", "name: a\nauth_mode: aad_token\n") == "batch-endpoint"
    of_the_preview = "name: a\ntype: {}\nauth_mode: AMLToken\ntraffic:\n  blue: 100\n"
    assert kind_of("endpoint.yml", of_the_preview.format("batch")) == "batch-endpoint"
    assert kind_of("batch-endpoint.yml", of_the_preview.format("online")) == "online-endpoint"
    assert (
        kind_of("blue.yml", "name: blue\nmodel: azureml:m:1\ncode_configuration:\n  code: src\n") == "online-deployment"
    )
    assert kind_of("inferenceconfig.yml", "entryScript: score.py\n") == "inference-config"
