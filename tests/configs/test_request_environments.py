"""Environments of `.http` files: which variables they have, and what stands for a variable in a request."""

from __future__ import annotations

import pytest
from scoredock.formats.http_file.environments import (
    environment_names,
    joined,
    sets_of_file,
    sets_of_settings,
    variables_in,
)
from scoredock.formats.http_file.parsing import parse_http_file
from scoredock.formats.http_file.sending import UnsendableRequest, sent_request
from scoredock.formats.http_file.variables import VariableResolver

PUBLIC = '{"dev": {"rows": 3, "flag": true, "host": "a", "ssl": {"x": 1}}, "prod": {"host": "b", "zone": "z"}}'
PRIVATE = '{"dev": {"token": "secret-dev", "host": "own"}}'
SETTINGS = """{
  // REST Client reads this, too.
  "editor.fontSize": 12,
  "rest-client.environmentVariables": {
    "$shared": {"version": "v1", "host": "shared"},
    "local": {"base": "{{$shared version}}-{{version}}", },
  },
}
"""
FILE = "@base = from-the-file\n"


def sent(text: str, chosen: str) -> str:
    sets = joined([sets_of_settings(SETTINGS), sets_of_file(PUBLIC) or {}, sets_of_file(PRIVATE) or {}])
    file = parse_http_file(text)
    resolver = VariableResolver(file.variables, named=variables_in(sets, chosen))
    return sent_request(file.requests[0], resolver, lambda _: b"").body.decode()


def body(text: str, chosen: str) -> str:
    return sent(f"POST /score\n\n{text}\n", chosen)


def test_values_are_texts_numbers_and_truth_values_as_they_are_written() -> None:
    assert sets_of_file(PUBLIC) == {
        "dev": {"rows": "3", "flag": "true", "host": "a"},
        "prod": {"host": "b", "zone": "z"},
    }
    assert sets_of_file("[]") is None
    assert sets_of_file("") is None
    assert sets_of_settings('{"rest-client.environmentVariables": 1}') == {}
    assert environment_names(sets_of_settings(SETTINGS)) == ["local"]


def test_the_chosen_environment_gives_the_values_and_private_ones_go_first() -> None:
    assert body("{{rows}} {{flag}} {{host}} {{token}} {{version}}", "dev") == "3 true own secret-dev v1"
    assert body("{{host}} {{zone}}", "prod") == "b z"
    assert body("{{host}}", "") == "shared", "what all share needs no choice"
    assert body("{{base}}", "local") == "v1-v1"
    assert sent(f"{FILE}POST /score\n\n{{{{base}}}}\n", "local") == "from-the-file", "the file goes first"


@pytest.mark.parametrize(
    ("text", "chosen", "sentence", "needed"),
    [
        ("{{zone}}", "dev", "zone has a value only in another environment: “prod”.", True),
        ("{{token}}", "", "token has a value only in another environment: “dev”.", True),
        ("{{nowhere}}", "dev", "There is no variable nowhere. Define it with “@nowhere = value”.", False),
        ("{{$shared zone}}", "prod", "zone is not a variable that all environments share.", False),
    ],
)
def test_a_variable_without_a_value_is_told(text: str, chosen: str, sentence: str, needed: bool) -> None:
    with pytest.raises(UnsendableRequest) as refused:
        body(text, chosen)
    assert (str(refused.value), refused.value.needs_environment) == (sentence, needed)


def test_an_environment_that_is_made_of_itself() -> None:
    resolver = VariableResolver(named=variables_in({"a": {"x": "{{y}}", "y": "{{x}}"}}, "a"))
    with pytest.raises(UnsendableRequest, match="is made of itself"):
        sent_request(parse_http_file("POST /score\n\n{{x}}\n").requests[0], resolver, lambda _: b"")


def test_a_value_is_not_told_where_it_makes_no_address() -> None:
    file = parse_http_file("POST http://{{token}} x:y/score\n\n{}\n")
    resolver = VariableResolver(named=variables_in(sets_of_file(PRIVATE) or {}, "dev"))
    with pytest.raises(UnsendableRequest) as refused:
        sent_request(file.requests[0], resolver, lambda _: b"")
    assert "secret-dev" not in str(refused.value)
