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

_SECOND = """
-- What a list shows is in the row of the version, so that a list never reads the table of files.
ALTER TABLE model_versions ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE model_versions ADD COLUMN file_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE model_versions ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE model_versions ADD COLUMN run_id TEXT NOT NULL DEFAULT '';
ALTER TABLE model_versions ADD COLUMN experiment TEXT NOT NULL DEFAULT '';
-- 'none', 'known', 'unknown', 'bad'; 'unread' for versions registered before pickles were looked into.
ALTER TABLE model_versions ADD COLUMN pickle TEXT NOT NULL DEFAULT 'unread';
-- JSON of records.ModelDetails: what only the details of one version show.
ALTER TABLE model_versions ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
-- JSON {by, time, names} once a person allowed this known-bad version to be deployed.
ALTER TABLE model_versions ADD COLUMN consent TEXT NOT NULL DEFAULT '';
-- JSON [tags, properties]: what `model_labels` holds, see rows.put_labels; reading it from there triples the time of lists.
ALTER TABLE model_versions ADD COLUMN labels TEXT NOT NULL DEFAULT '[{},{}]';
-- Changes since the registration, which the manifest beside the store counts as well: see manifests.py.
ALTER TABLE model_versions ADD COLUMN edition INTEGER NOT NULL DEFAULT 0;
ALTER TABLE models ADD COLUMN edition INTEGER NOT NULL DEFAULT 0;
CREATE INDEX model_versions_by_run ON model_versions(run_id) WHERE run_id != '';
CREATE INDEX model_files_by_size ON model_files(size);
CREATE INDEX model_versions_by_age ON model_versions(created);

UPDATE model_versions SET
    size = (SELECT coalesce(sum(f.size), 0) FROM model_files f WHERE f.name = model_versions.name AND f.version = model_versions.version),
    file_count = (SELECT count(*) FROM model_files f WHERE f.name = model_versions.name AND f.version = model_versions.version),
    digest = (SELECT sha256_of(group_concat(line, '')) FROM (
        SELECT f.sha256 || '  ' || f.path || char(10) AS line FROM model_files f
        WHERE f.name = model_versions.name AND f.version = model_versions.version ORDER BY f.path)),
    labels = (SELECT json_array(json_group_object(l.key, l.value) FILTER (WHERE l.kind = 'tag'),
        json_group_object(l.key, l.value) FILTER (WHERE l.kind = 'property'))
        FROM model_labels l WHERE l.name = model_versions.name AND l.version = model_versions.version);

-- Folders without files, which no file tells of.
CREATE TABLE model_folders (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (name, version, path),
    FOREIGN KEY (name, version) REFERENCES model_versions(name, version)
) STRICT;

CREATE TABLE model_aliases (
    name TEXT NOT NULL REFERENCES models(name),
    alias TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (name, alias),
    FOREIGN KEY (name, version) REFERENCES model_versions(name, version)
) STRICT;
CREATE INDEX model_aliases_by_version ON model_aliases(name, version, alias);

-- Every move of an alias; `version` is NULL where it was taken away.
CREATE TABLE alias_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    alias TEXT NOT NULL,
    version INTEGER,
    previous INTEGER,
    changed REAL NOT NULL,
    changed_by TEXT NOT NULL,
    -- 'move'; 'return' for one that undid an earlier move; 'purge' for one that cannot be undone.
    kind TEXT NOT NULL DEFAULT 'move'
) STRICT;
CREATE INDEX alias_history_by_name ON alias_history(name, alias, id);

CREATE TABLE favourites (name TEXT PRIMARY KEY) STRICT;

-- Datasets, environments and images: versioned records with a few files at most.
CREATE TABLE asset_names (
    kind TEXT NOT NULL CHECK (kind IN ('dataset', 'environment', 'image')),
    name TEXT NOT NULL,
    last_version INTEGER NOT NULL,
    edition INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, name)
) STRICT;

CREATE TABLE assets (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    description TEXT NOT NULL,
    tags TEXT NOT NULL,
    created REAL NOT NULL,
    created_by TEXT NOT NULL,
    content TEXT NOT NULL,
    deleted REAL,
    edition INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, name, version),
    FOREIGN KEY (kind, name) REFERENCES asset_names(kind, name)
) STRICT;

CREATE TABLE asset_files (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (kind, name, version, path),
    FOREIGN KEY (kind, name, version) REFERENCES assets(kind, name, version)
) STRICT;
CREATE INDEX asset_files_by_blob ON asset_files(sha256);

-- Their manifests are of format 1, which lacks what changed since the registration: written anew by `collect`.
INSERT INTO meta SELECT 'manifest-behind/model/' || name || '/' || version, '' FROM model_versions;
INSERT INTO meta SELECT 'manifest-behind/model/' || name || '/', '' FROM models;

-- One number a topic that grows with every change, so that a view knows when to ask again.
CREATE TABLE changes (topic TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT;
INSERT INTO changes VALUES ('models', 1), ('assets', 1);
"""  # noqa: E501 (a text that would change if it were wrapped)


def _counted(topic: str, tables: tuple[str, ...]) -> str:
    """Triggers that raise the number of a topic with every change of its tables."""
    return "".join(
        f"CREATE TRIGGER {table}_{event.lower()} AFTER {event} ON {table}"  # noqa: S608 (fixed text)
        f" BEGIN UPDATE changes SET count = count + 1 WHERE topic = '{topic}'; END;\n"
        for table in tables
        for event in ("INSERT", "UPDATE", "DELETE")
    )


_SECOND += _counted("models", ("model_versions", "model_labels", "model_aliases", "favourites", "revision_models"))
_SECOND += _counted("assets", ("assets",))

_THIRD = """
-- Another state, `code`: Python code that a model brings along outside of pickles. Versions that may hold some are looked into
-- anew.
UPDATE model_versions SET pickle = 'unread' WHERE pickle != 'bad' AND EXISTS (
    SELECT 1 FROM model_files f WHERE f.name = model_versions.name AND f.version = model_versions.version AND (
        f.path = 'MLmodel' OR f.path LIKE '%/MLmodel' OR f.path LIKE '%.h5' OR f.path LIKE '%.hdf5' OR f.path LIKE '%.keras'
        OR f.path LIKE '%saved_model.pb' OR f.path LIKE '%.zip' OR f.path LIKE '%.tar' OR f.path LIKE '%.tgz'
        OR f.path LIKE '%.gz'
    )
);
INSERT OR IGNORE INTO meta
    SELECT 'manifest-behind/model/' || name || '/' || version, '' FROM model_versions WHERE pickle = 'unread';
"""  # noqa: E501 (a text that would change if it were wrapped)

_FOURTH = """
-- `content` is JSON of services.endpoints.record.Endpoint; `running` is whether the router is meant to run.
CREATE TABLE endpoints (
    name TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    handle TEXT,
    running INTEGER NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL
) STRICT;
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _SECOND, _THIRD, _FOURTH)
"""Never edit an entry that was released; append."""
