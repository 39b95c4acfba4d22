-- What collides between resources (specs/conflicts.md): derived from the record by following it, and made again by forgetting the mark.

CREATE TABLE collision (
  topic text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  severity text COLLATE "C" NOT NULL,
  -- Type/id of what collides, ascending, and the home compartments of it.
  names text[] COLLATE "C" NOT NULL,
  homes text[] COLLATE "C" NOT NULL,
  about text COLLATE "C" NOT NULL,
  since bigint NOT NULL,
  PRIMARY KEY (topic, kind, names)
);
CREATE INDEX collision_names ON collision USING gin (names);

-- One row: up to which arrival the record was followed.
CREATE TABLE collision_mark (
  arrival bigint NOT NULL,
  the_only_one boolean NOT NULL DEFAULT true UNIQUE CHECK (the_only_one)
);
INSERT INTO collision_mark (arrival) VALUES (0);
