"""Which lines of a log belong to a request."""

from __future__ import annotations

from scoredock.services.access.failed_request import lines_of_request


def ended(status: int, more: str = "") -> str:
    return f"2026-01-01 00:00:00,000 I [7] azmlinfsrv - POST /score {status} 1.234ms 92{more}"


def test_the_lines_from_the_end_of_the_one_before_to_its_own() -> None:
    lines = ["late words of the one before", ended(200), "mine", "KeyError: 'a'", ended(500), "of the next", ended(500)]
    assert lines_of_request(lines, 500, "id", "KeyError: 'a'") == ("mine", "KeyError: 'a'", ended(500))


def test_another_one_that_failed_meanwhile_is_told_by_its_exception() -> None:
    lines = [ended(500), "KeyError: 'other'", ended(500), "KeyError: 'a'", ended(500)]
    assert lines_of_request(lines, 500, "id", "KeyError: 'a'") == ("KeyError: 'a'", ended(500))
    assert lines_of_request(lines, 500, "id") == ("KeyError: 'a'", ended(500)), "else the last one"


def test_ids_are_believed_where_the_log_has_them() -> None:
    lines = ["one", ended(500, " first"), "two", ended(500, " second"), "three", ended(500, " third")]
    assert lines_of_request(lines, 500, "second") == ("two", ended(500, " second"))


def test_nothing_is_told_before_its_end_is_there() -> None:
    assert lines_of_request(["mine", ended(200)], 500, "id") is None
    assert lines_of_request([], 500, "id") is None


def test_lines_of_other_routes_are_those_of_other_requests() -> None:
    other = ended(200).replace("/score", "/docs?a=1")
    assert lines_of_request(["theirs", other, "mine", ended(200)], 200, "id", route="/score") == ("mine", ended(200))
    assert lines_of_request(["theirs", other, "mine", ended(200)], 200, "id", route="/docs") == ("theirs", other)


def test_the_line_of_a_streamed_response_ends_a_request_as_well() -> None:
    streamed = ended(500).replace(" 92", " N/A")
    assert lines_of_request(["theirs", streamed, "mine", ended(500)], 500, "id") == ("mine", ended(500))
    assert lines_of_request(["mine", streamed + " own"], 500, "own") == ("mine", streamed + " own")
