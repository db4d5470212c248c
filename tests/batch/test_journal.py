"""The journal: a mini-batch is done exactly when its whole record and its whole result are there."""

from __future__ import annotations

import os
import tempfile
import zlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from scoredock.contrib.batch.domain.work.journal import BatchFailure, BatchSuccess, Journal, Record, records
from scoredock.contrib.batch.domain.work.results import Results
from scoredock.contrib.batch.domain.work.tally import Tally

import hypothesis_profiles as hypothesis_profiles
from depth import rounds

EXAMPLES = rounds(gate=60, long=2_000)
DONE = st.builds(
    BatchSuccess,
    index=st.integers(0, 20),
    items=st.integers(0, 9),
    results=st.integers(0, 9),
    name=st.text(),
)
FAILED = st.builds(
    BatchFailure,
    index=st.integers(0, 20),
    items=st.integers(0, 9),
    tries=st.integers(0, 3),
    cause=st.just("run-failed"),
    message=st.text(),
    inputs=st.lists(st.text(alphabet="a\n\u00e9")).map(tuple),
)
RECORDS = st.lists(st.one_of(DONE, FAILED), max_size=12)


def journal_of(path: Path, written: list[Record]) -> None:
    journal = Journal(path)
    for record in written:
        journal.append(record)
    journal.close()


@given(RECORDS, st.integers(0, 2_000), RECORDS)
@settings(max_examples=EXAMPLES)
def test_a_cut_costs_the_last_records_and_no_other(first: list[Record], cut: int, second: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "journal"
        journal_of(path, first)
        assert list(records(path)) == first
        ends = [0]
        for line in path.read_bytes().splitlines(keepends=True):
            ends.append(ends[-1] + len(line))
        cut = min(cut, ends[-1])
        os.truncate(path, cut)
        kept = first[: sum(end <= cut for end in ends) - 1]
        assert list(records(path)) == kept
        journal_of(path, second)
        assert list(records(path)) == [*kept, *second]


@given(RECORDS.filter(bool), st.integers(0, 10_000), st.integers(1, 255))
@settings(max_examples=EXAMPLES)
def test_a_damaged_byte_is_found(written: list[Record], place: int, change: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "journal"
        journal_of(path, written)
        data = bytearray(path.read_bytes())
        place %= len(data)
        data[place] ^= change
        path.write_bytes(bytes(data))
        found = list(records(path))
        damaged = bytes(data[:place]).count(b"\n")
        # A digit of a checksum may be written in two ways.
        assert found == written[: len(found)]
        assert len(found) == damaged or bytes(data).lower() == bytes(data[:place]) + bytes(
            [data[place] ^ change]
        ).lower() + bytes(data[place + 1 :])


def result(results: Results, index: int, text: bytes) -> BatchSuccess:
    results.path(index).write_bytes(text)
    return BatchSuccess(index, 2, 2, len(text), zlib.crc32(text))


def test_a_result_that_did_not_reach_the_disk_is_not_done(tmp_path: Path) -> None:
    results = Results(tmp_path / "results")
    journal = tmp_path / "journal"
    journal_of(journal, [result(results, index, b"text\n") for index in range(4)])
    results.path(1).write_bytes(b"te")
    results.path(2).write_bytes(b"\0\0\0\0\0")
    results.path(3).unlink()
    tally = Tally(journal, results)
    assert list(tally.done_indexes()) == [0]
    assert (tally.done, tally.items) == (1, 2)
    tally.close()


def test_what_failed_before_is_open_and_what_failed_again_is_told(
    tmp_path: Path,
) -> None:
    results = Results(tmp_path / "results")
    journal = tmp_path / "journal"
    first = BatchFailure(3, 2, 3, "run-failed", "first")
    journal_of(
        journal,
        [result(results, 0, b"a\n"), first, BatchFailure(5, 1, 3, "crashed", "other")],
    )
    tally = Tally(journal, results)
    assert (tally.done, tally.failed) == (1, 0)
    tally.note_failed(BatchFailure(3, 2, 3, "run-failed", "second"))
    assert [each.message for each in tally.failures()] == ["second"]
    tally.close()


@given(st.lists(st.binary(max_size=20), max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES)
def test_the_output_is_in_the_order_of_the_input(texts: list[bytes], chance: object) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = Results(folder / "results")
        order = list(range(len(texts)))
        chance.shuffle(order)  # type: ignore[attr-defined]
        tally = Tally(folder / "journal", results)
        for index in order:
            if texts[index]:
                result(results, index, texts[index])
            tally.note_done(BatchSuccess(index, 1, 1, len(texts[index]), zlib.crc32(texts[index])), "")
        results.assemble(tally.done_indexes(), folder / "out" / "scores.txt")
        assert (folder / "out" / "scores.txt").read_bytes() == b"".join(texts)
        assert [each.name for each in (folder / "out").iterdir()] == ["scores.txt"]
        tally.close()
