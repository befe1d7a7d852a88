-- Append-only by rowid, with separate indexes: a commit then dirties few pages, however many instances it touches.
-- Times are UTC ticks (100 ns since 0001-01-01). AUTOINCREMENT: a key is never used twice, also not after a purge.

CREATE TABLE instance (
  key           INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  status        INTEGER NOT NULL,            -- OrchestrationRuntimeStatus
  execution     INTEGER NOT NULL DEFAULT 0,  -- how often it has continued as new
  next_sequence INTEGER NOT NULL DEFAULT 0,  -- of the turn to come
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  turn_at       INTEGER,                     -- begin of the last turn
  start_at      INTEGER,                     -- not before
  parent_key    INTEGER,
  parent_id     TEXT,
  parent_name   TEXT,
  parent_task   INTEGER,
  tags          TEXT,                        -- JSON object
  input         INTEGER,                     -- payload.id
  output        INTEGER,                     -- payload.id
  custom_status TEXT,                        -- JSON, at most 16 KB
  failure       TEXT                         -- JSON, TaskFailureDetails
);
CREATE UNIQUE INDEX instance_id ON instance (id);
CREATE INDEX instance_status ON instance (status, id);
CREATE INDEX instance_open ON instance (key) WHERE status IN (0, 6);
CREATE INDEX instance_parent ON instance (parent_key) WHERE parent_key IS NOT NULL;

-- One row per episode. The unique index is the last guard against two writers of one turn.
CREATE TABLE history (
  row_id       INTEGER PRIMARY KEY,
  instance_key INTEGER NOT NULL,
  execution    INTEGER NOT NULL,
  sequence     INTEGER NOT NULL,
  turn         BLOB    NOT NULL              -- JSON, Turn
);
CREATE UNIQUE INDEX history_turn ON history (instance_key, execution, sequence);

-- Inputs, outputs and results as JSON, each once, wherever they are referred to.
CREATE TABLE payload (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  instance_key INTEGER NOT NULL,
  data         TEXT    NOT NULL
);
CREATE INDEX payload_instance ON payload (instance_key);

-- What arrived for an instance and was not yet part of an episode.
CREATE TABLE inbox (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  instance_key INTEGER NOT NULL,
  carried      INTEGER NOT NULL DEFAULT 0,   -- the execution it was carried over to: such come before what arrived since
  kind         INTEGER NOT NULL,             -- HistoryEventKind
  task_id      INTEGER NOT NULL,
  name         TEXT,
  payload      INTEGER,                      -- payload.id
  failure      TEXT,                         -- JSON, TaskFailure
  received_at  INTEGER NOT NULL
);
CREATE INDEX inbox_instance ON inbox (instance_key);

CREATE TABLE timer (
  row_id       INTEGER PRIMARY KEY,
  instance_key INTEGER NOT NULL,
  task_id      INTEGER NOT NULL,
  due_at       INTEGER NOT NULL
);
CREATE UNIQUE INDEX timer_task ON timer (instance_key, task_id);

CREATE TABLE activity (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  instance_key INTEGER NOT NULL,
  task_id      INTEGER NOT NULL,
  name         TEXT    NOT NULL,
  input        TEXT
);
CREATE INDEX activity_instance ON activity (instance_key);
