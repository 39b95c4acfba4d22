-- The record: commits, revisions, what each resource is now, and the search index (decisions/0005-storage-schema.md).
--
-- c    the resource's home compartment, as 53 bits of its SHA-256 (0: of no patient). The distribution key: it is part of every
--      key of every table that grows with patients, but for "locator" and "commit", which have keys of their own.
-- rid  a resource at this node. Never leaves it.
-- p    a search parameter of a resource type, hashed.
-- Times are milliseconds since 1970.

CREATE TABLE origin (
  o int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE
);

CREATE SEQUENCE rid_block;

-- One hash chain an origin.
CREATE TABLE commit (
  o int NOT NULL,
  seq bigint NOT NULL,
  hash text COLLATE "C" NOT NULL,
  header text COLLATE "C" NOT NULL,
  PRIMARY KEY (o, seq)
);

-- The order in which committed commits became known here. Filled afterwards, never changed.
CREATE TABLE arrival (
  n bigint NOT NULL PRIMARY KEY,
  o int NOT NULL,
  seq bigint NOT NULL
);
CREATE INDEX arrival_commit ON arrival (o, seq);

CREATE TABLE locator (
  type text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  c bigint NOT NULL,
  rid bigint NOT NULL,
  PRIMARY KEY (type, id)
);

-- History. n counts the versions of one resource from 1. The body of the only head is kept in "resource" alone.
CREATE TABLE revision (
  c bigint NOT NULL,
  rid bigint NOT NULL,
  n int NOT NULL,
  received bigint NOT NULL,
  o int NOT NULL,
  seq bigint NOT NULL,
  entry int NOT NULL,
  generation int NOT NULL,
  splice int NOT NULL,
  type text COLLATE "C" NOT NULL,
  hlc text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL,
  header text COLLATE "C" NOT NULL,
  -- The versionId and heads after this revision landed, where it was not the only head.
  version text COLLATE "C",
  heads text[] COLLATE "C",
  -- meta.security of the body, or of what was deleted, as system|code; absent: none.
  labels text[] COLLATE "C",
  body text COLLATE "C",
  PRIMARY KEY (c, rid, n)
);
CREATE INDEX revision_commit ON revision (o, seq);
CREATE INDEX revision_history ON revision (type, received, rid, n);

-- What each resource is now. tokens[1:hot] have rows in "hot" too.
CREATE TABLE resource (
  c bigint NOT NULL,
  rid bigint NOT NULL,
  updated bigint NOT NULL,
  -- Start of the type's main date; the greatest bigint where it has none.
  main bigint NOT NULL,
  n int NOT NULL,
  splice int NOT NULL,
  hot smallint NOT NULL,
  deleted boolean NOT NULL,
  conflict boolean NOT NULL,
  type text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  -- Absent: version is the only head, and the one that is shown.
  heads text[] COLLATE "C",
  displayed text COLLATE "C",
  tokens bigint[] NOT NULL,
  body text COLLATE "C" NOT NULL,
  PRIMARY KEY (c, rid)
);
CREATE INDEX resource_type ON resource (type, rid) WHERE NOT deleted;
CREATE INDEX resource_updated ON resource (type, updated, rid) WHERE NOT deleted;
CREATE INDEX resource_tokens ON resource USING gin (tokens) WITH (fastupdate = on, gin_pending_list_limit = 4096);

-- The tokens that most searches name (code, category, status, and "any of this type"): read without the resource.
CREATE TABLE hot (
  hash bigint NOT NULL,
  c bigint NOT NULL,
  main bigint NOT NULL,
  rid bigint NOT NULL,
  PRIMARY KEY (hash, c, main, rid)
);

CREATE TABLE index_string (
  c bigint NOT NULL,
  rid bigint NOT NULL,
  p bigint NOT NULL,
  value text COLLATE "C" NOT NULL
);
CREATE INDEX index_string_value ON index_string (p, value, rid, c);
CREATE INDEX index_string_resource ON index_string (c, rid);

-- [lo, hi). Spans of over a day stand under a p of their own, so that a range is narrow in the index.
CREATE TABLE index_date (
  c bigint NOT NULL,
  rid bigint NOT NULL,
  p bigint NOT NULL,
  lo bigint NOT NULL,
  hi bigint NOT NULL
);
CREATE INDEX index_date_value ON index_date (p, lo, hi, rid, c);
CREATE INDEX index_date_resource ON index_date (c, rid);

-- Numbers and quantities: [lo, hi] closed; the unit as hashes of system|code, code and unit.
CREATE TABLE index_number (
  c bigint NOT NULL,
  rid bigint NOT NULL,
  p bigint NOT NULL,
  system bigint,
  code bigint,
  unit bigint,
  lo double precision NOT NULL,
  hi double precision NOT NULL
);
CREATE INDEX index_number_value ON index_number (p, lo, hi);
CREATE INDEX index_number_resource ON index_number (c, rid);


-- One row: whose database this is. The first half of every origin's name.
CREATE TABLE install (
  id text COLLATE "C" NOT NULL PRIMARY KEY,
  the_only_one boolean NOT NULL DEFAULT true UNIQUE CHECK (the_only_one)
);
