-- Where the audit trail finds its events: derived from the commits, filled by following them in order of arrival (specs/audit.md).
--
-- c       as everywhere: the compartment of a patient that the event is about; 0: of none
-- at      when it happened
-- ord     of the event's id: sorts what happened in the same millisecond
-- n       the commit that holds it, by arrival; k: its place there
-- who     who did it, hashed; 0: nobody known
-- written a revision, not a line of an audit batch
-- lead    one row of each event, for who asks without a patient
CREATE TABLE audit_index (
  c bigint NOT NULL,
  at bigint NOT NULL,
  ord bigint NOT NULL,
  n bigint NOT NULL,
  k int NOT NULL,
  who bigint NOT NULL,
  written boolean NOT NULL,
  lead boolean NOT NULL,
  PRIMARY KEY (c, at, ord, n, k)
);
CREATE INDEX audit_index_time ON audit_index (at, ord) WHERE lead;
CREATE INDEX audit_index_who ON audit_index (who, at, ord) WHERE lead;
CREATE INDEX audit_index_write ON audit_index (ord) WHERE lead AND written;

-- One row: how far it is filled, and until when one process has the turn to fill it in the background.
CREATE TABLE audit_cursor (
  n bigint NOT NULL PRIMARY KEY,
  turn_until bigint NOT NULL,
  the_only_one boolean NOT NULL DEFAULT true UNIQUE CHECK (the_only_one)
);
INSERT INTO audit_cursor (n, turn_until) VALUES (0, 0);
