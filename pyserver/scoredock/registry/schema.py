"""The tables of a workspace store, as a list of migrations that is only ever appended to.

`PRAGMA user_version` is the number of migrations applied. Names are unique without regard to case only where the
contract says so; model names are case-sensitive as in Azure ML.
"""

from __future__ import annotations

_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- `last_version` never goes down, so that a version number is never reused, also after its row was purged.
CREATE TABLE models (
    name TEXT PRIMARY KEY,
    last_version INTEGER NOT NULL
) STRICT;

CREATE TABLE model_versions (
    name TEXT NOT NULL REFERENCES models(name),
    version INTEGER NOT NULL,
    description TEXT NOT NULL,
    framework TEXT NOT NULL,
    framework_version TEXT NOT NULL,
    created REAL NOT NULL,
    created_by TEXT NOT NULL,
    is_folder INTEGER NOT NULL,
    deleted REAL,
    PRIMARY KEY (name, version)
) STRICT;

CREATE TABLE model_files (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (name, version, path),
    FOREIGN KEY (name, version) REFERENCES model_versions(name, version)
) STRICT;
CREATE INDEX model_files_by_blob ON model_files(sha256);

CREATE TABLE model_labels (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('tag', 'property')),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name, version, kind, key),
    FOREIGN KEY (name, version) REFERENCES model_versions(name, version)
) STRICT;
CREATE INDEX model_labels_by_key ON model_labels(kind, key, value);

CREATE TABLE services (
    name TEXT PRIMARY KEY,
    engine TEXT NOT NULL,
    state TEXT NOT NULL,
    phase TEXT NOT NULL,
    port INTEGER,
    handle TEXT,
    active_revision INTEGER NOT NULL,
    last_revision INTEGER NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '{}',
    failure TEXT
) STRICT;

CREATE TABLE revisions (
    service TEXT NOT NULL REFERENCES services(name) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    request TEXT NOT NULL,
    environment_key TEXT NOT NULL,
    python TEXT NOT NULL,
    created REAL NOT NULL,
    PRIMARY KEY (service, revision)
) STRICT;

CREATE TABLE revision_models (
    service TEXT NOT NULL,
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (service, revision, position),
    FOREIGN KEY (service, revision) REFERENCES revisions(service, revision) ON DELETE CASCADE
) STRICT;
CREATE INDEX revision_models_by_model ON revision_models(name, version);

-- At most one change of a service at a time: the row is the lease.
CREATE TABLE intents (
    service TEXT PRIMARY KEY,
    verb TEXT NOT NULL,
    revision INTEGER NOT NULL,
    phase TEXT NOT NULL,
    writer_pid INTEGER NOT NULL,
    writer_started REAL NOT NULL,
    begun REAL NOT NULL
) STRICT;

-- The choices of the last deployment of an entry script, offered again.
CREATE TABLE last_deployments (
    folder TEXT NOT NULL,
    entry_script TEXT NOT NULL,
    request TEXT NOT NULL,
    updated REAL NOT NULL,
    PRIMARY KEY (folder, entry_script)
) STRICT;

-- What happened while nobody looked, told once.
CREATE TABLE notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    created REAL NOT NULL,
    told REAL
) STRICT;
"""

MIGRATIONS: tuple[str, ...] = (_FIRST,)
"""Never edit an entry that was released; append."""
