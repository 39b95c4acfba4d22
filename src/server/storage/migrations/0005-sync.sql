-- Replication: what other nodes wrote, how far each origin is had, and what is remembered of peers (specs/sync.md, specs/postgres.md).
--
-- An origin's second history (a fork) stands under a name of its own, "install.epoch#<hash of the commit>": no origin is called so.
ALTER TABLE origin
  -- Written by a process of this node: without gaps, and numbered by whoever holds the sequencer's lock.
  ADD COLUMN here boolean NOT NULL DEFAULT true,
  -- To be handed to the peer above: written here, or come from below.
  ADD COLUMN carried boolean NOT NULL DEFAULT true,
  -- Another history of it is known: nothing more is written to it.
  ADD COLUMN closed boolean NOT NULL DEFAULT false,
  -- Of origins that are not "here": the highest of the floor and the last whole commit without a gap.
  ADD COLUMN contiguous bigint NOT NULL DEFAULT 0,
  ADD COLUMN floor bigint NOT NULL DEFAULT 0,
  ADD COLUMN stable bigint NOT NULL DEFAULT 0;

ALTER TABLE commit
  -- Entries that are not here.
  ADD COLUMN lacks int NOT NULL DEFAULT 0,
  -- Some of its revisions stand in "bearer" or "unread".
  ADD COLUMN apart boolean NOT NULL DEFAULT false,
  -- Of a commit of a later version; else its header says it.
  ADD COLUMN prev text COLLATE "C",
  ADD COLUMN signature text COLLATE "C";

-- A commit that came in parts arrives once with each; "part" says which revisions came then.
ALTER TABLE arrival ADD COLUMN part int NOT NULL DEFAULT 0;
ALTER TABLE revision ADD COLUMN part int NOT NULL DEFAULT 0;

CREATE INDEX resource_conflict ON resource (type, rid) WHERE conflict AND NOT deleted;

-- Revisions that were here when their commit came, under another one or, with an empty type, in "unread".
CREATE TABLE bearer (
  o int NOT NULL,
  seq bigint NOT NULL,
  entry int NOT NULL,
  part int NOT NULL,
  type text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  PRIMARY KEY (o, seq, entry)
);

-- Revisions that are carried, byte for byte, and not read.
CREATE TABLE unread (
  name text COLLATE "C" NOT NULL PRIMARY KEY,
  o int NOT NULL,
  seq bigint NOT NULL,
  entry int NOT NULL,
  part int NOT NULL,
  received bigint NOT NULL,
  reason text COLLATE "C" NOT NULL,
  header bytea NOT NULL,
  body bytea
);
CREATE INDEX unread_commit ON unread (o, seq);

-- Commits that are not what they say: no byte of them is in the record.
CREATE TABLE quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  print text COLLATE "C" NOT NULL UNIQUE,
  first bigint NOT NULL,
  last bigint NOT NULL,
  seen bigint NOT NULL,
  peer text COLLATE "C" NOT NULL,
  reason text COLLATE "C" NOT NULL,
  origin text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  hash text COLLATE "C" NOT NULL,
  size bigint NOT NULL,
  -- Absent: there was no room left.
  bytes bytea
);

-- What is remembered of a peer above.
CREATE TABLE link (
  peer text COLLATE "C" NOT NULL PRIMARY KEY,
  incarnation text COLLATE "C" NOT NULL,
  arrival bigint NOT NULL,
  scopes_print text COLLATE "C" NOT NULL,
  scopes text COLLATE "C" NOT NULL,
  forked text[] COLLATE "C" NOT NULL,
  deferred text[] COLLATE "C" NOT NULL
);

-- How far an origin is safe, by class (D1 to D3), as a peer last said it.
CREATE TABLE peer_held (
  peer text COLLATE "C" NOT NULL,
  origin text COLLATE "C" NOT NULL,
  durability text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (peer, origin, durability)
);
CREATE INDEX peer_held_origin ON peer_held (origin);

-- Every revision by scope and name, with the commit that brought it first. Derived from the commits in order of arrival.
-- c      of "pat/<id>": the compartment; else 0
-- scope  the key where c is 0; one control character for what is in no scope
CREATE TABLE named (
  c bigint NOT NULL,
  scope text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  o int NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (c, scope, name)
);
CREATE INDEX named_name ON named (name, o, seq);

-- One row: how far "named" is filled, and how many unsound commits were counted and not kept.
CREATE TABLE sync_state (
  named bigint NOT NULL,
  not_kept bigint NOT NULL,
  the_only_one boolean NOT NULL DEFAULT true UNIQUE CHECK (the_only_one)
);
INSERT INTO sync_state (named, not_kept) VALUES (0, 0);
