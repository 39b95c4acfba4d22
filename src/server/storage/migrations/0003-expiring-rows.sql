-- The node's own short-lived rows: OAuth artefacts, counters of sign-in, registered clients. Not of the record: not hashed, not
-- replicated, without history. Times are milliseconds since 1970.
CREATE TABLE expiring_row (
  kind text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  -- Absent: kept until it is removed.
  expires bigint,
  consumed bigint,
  -- Rows that are removed together.
  grp text COLLATE "C",
  alias text COLLATE "C",
  PRIMARY KEY (kind, id)
);
CREATE UNIQUE INDEX expiring_row_alias ON expiring_row (kind, alias) WHERE alias IS NOT NULL;
CREATE INDEX expiring_row_grp ON expiring_row (grp) WHERE grp IS NOT NULL;
CREATE INDEX expiring_row_expires ON expiring_row (expires) WHERE expires IS NOT NULL;
