"""Bugs on purpose, for the tests to find: each is a change of one rule that keeps models safe, made inside one victim
only."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

from scoredock.registry.blobs import intake
from scoredock.registry.blobs.blobs import Blobs
from scoredock.registry.blobs.hashing import digest_of
from scoredock.registry.blobs.intake import Intake
from scoredock.registry.blobs.source import SourceFile
from scoredock.registry.records import ModelFile
from scoredock.registry.store import durable, faults, rows, store
from scoredock.registry.store.durable import create_file, make_folder
from scoredock.registry.store.store import Store


def nothing_is_flushed() -> None:
    """Neither files nor folders nor the database are put on the disk."""
    connect = Store._connect

    def careless(self: Store, *arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(self, *arguments, **named)
        connection.execute("PRAGMA synchronous=OFF")
        return connection

    Store._connect = careless  # type: ignore[method-assign]
    os.fsync = lambda descriptor: None


def files_are_not_flushed() -> None:
    """The database is safe, the bytes of the models are not."""
    os.fsync = lambda descriptor: None


def folders_are_not_flushed() -> None:
    """New names are left to the kernel."""
    intake.flush_folder = durable.flush_folder = lambda folder: None


def rows_before_bytes() -> None:
    """The transaction promises bytes that get their place only after it."""
    leave, write = Intake.__exit__, Store.write
    waiting: list[Intake] = []

    def put_off(self: Intake, kind: Any, error: Any, trace: Any) -> None:
        waiting.append(self)

    @contextlib.contextmanager
    def early(self: Store) -> Iterator[sqlite3.Connection]:
        with write(self) as connection:
            yield connection
        while waiting:
            leave(waiting.pop(), None, None, None)

    Intake.__exit__ = put_off  # type: ignore[method-assign]
    Blobs.holds = lambda self, file: True  # type: ignore[method-assign]
    Store.write = early  # type: ignore[method-assign]


def written_in_place_and_trusted() -> None:
    """A blob grows under its final name, and whatever lies there already is taken for whole."""

    def in_place(self: Intake, source: SourceFile, tick: Any) -> ModelFile:
        digest = digest_of(source.path)
        target = self._place(digest)
        if not target.exists():
            make_folder(target.parent)
            content = source.path.read_bytes()
            descriptor = create_file(target)
            for start in range(0, len(content), 4096):
                os.write(descriptor, content[start : start + 4096])
            os.close(descriptor)
        return ModelFile(source.stored, source.size, digest)

    Intake.add = in_place  # type: ignore[method-assign]
    Blobs.holds = lambda self, file: True  # type: ignore[method-assign]


def blobs_not_looked_at_again() -> None:
    """A registration does not look under the lock whether its bytes were collected meanwhile."""
    Blobs.holds = lambda self, file: True  # type: ignore[method-assign]


def lock_taken_late() -> None:
    """A transaction begins as a reader and turns into a writer."""

    class Late(sqlite3.Connection):
        def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            return super().execute("BEGIN" if sql == "BEGIN IMMEDIATE" else sql, *arguments)

    connect = sqlite3.connect

    def late(*arguments: Any, **named: Any) -> sqlite3.Connection:
        return connect(*arguments, **named, factory=Late)

    sqlite3.connect = late  # type: ignore[assignment]


def clock_in_the_past() -> None:
    """No bug: every process has another clock, none of them ahead."""
    behind = random.choice((0.0, 86_400.0, 10 * 365 * 86_400.0))
    true = time.time
    time.time = lambda: true() - behind


def impatient() -> None:
    """No bug: a second takes the place of the five that somebody may hold the lock."""
    store.BUSY_SECONDS = 1.0


def gives_up_though_others_write() -> None:
    """Impatient, and it does not look whether the others get something done."""
    impatient()
    store._ROUNDS = 0


def numbers_by_looking() -> None:
    """The next number is one more than the highest there is, so that the number of a purged version comes again."""

    def highest(connection: sqlite3.Connection, name: str) -> int:
        row = connection.execute("SELECT max(version) FROM model_versions WHERE name = ?", (name,)).fetchone()
        return (row[0] or 0) + 1

    rows.next_version = highest


def answered_too_early() -> None:
    """The answer is given before the transaction is committed; `crash.verbs` looks at this flag."""
    global EARLY
    EARLY = True


EARLY = False


def migrated_step_by_step() -> None:
    """A migration commits halfway."""
    first, second, *rest = store.MIGRATIONS
    middle = second.index(";\n", len(second) // 8) + 2
    store.MIGRATIONS = (
        first,
        f"{second[:middle]} COMMIT; BEGIN IMMEDIATE; {second[middle:]}",
        *rest,
    )


def changed_in_two_transactions() -> None:
    """Every statement of a change is committed by itself."""

    @contextlib.contextmanager
    def split(self: Store) -> Iterator[sqlite3.Connection]:
        with self._translated(), contextlib.closing(self._connect()) as connection:
            yield connection

    Store.write = split  # type: ignore[method-assign]


def errors_as_they_come() -> None:
    """Errors of the operating system are passed on untranslated."""
    faults.storage_error = lambda error, *rest: error  # type: ignore[assignment]


def plant(bug: str) -> None:
    """Plants the bug of that name in this process; nothing for an empty name."""
    if bug:
        globals()[bug]()
