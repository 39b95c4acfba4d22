-- Which parts of the record are kept where (specs/scopes.md). Of the node: not hashed, not replicated.
--
-- c      as everywhere: the compartment of the patient of a key `pat/<id>`; 0: of any other key
-- peer   the name of a node below
-- Times are milliseconds since 1970.

-- The nodes below. `version` grows with whatever changes what the peer may have, so that processes need not read it all again.
CREATE TABLE scope_peer (
  peer text COLLATE "C" NOT NULL PRIMARY KEY,
  tier text NOT NULL,
  -- `Organization/1`: whose patients are the peer's.
  places text[] COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  -- Retired ones get nothing.
  retired boolean NOT NULL,
  -- Who was its patient before it was enrolled, or its places changed, was looked for.
  swept boolean NOT NULL
);

-- What a peer may have beside what all of its tier have. Nothing is taken away but by hand.
CREATE TABLE scope_grant (
  c bigint NOT NULL,
  peer text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  since bigint NOT NULL,
  why text NOT NULL,
  -- Whom Patient.link joins with this one was looked for.
  spread boolean NOT NULL DEFAULT false,
  PRIMARY KEY (c, peer, key)
);
CREATE INDEX scope_grant_peer ON scope_grant (peer, key);
CREATE INDEX scope_grant_fresh ON scope_grant (since) WHERE NOT spread;

-- What people of this node asked the parent for, until it is here. coming: the parent has granted it.
CREATE TABLE scope_want (
  c bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  since bigint NOT NULL,
  coming boolean NOT NULL DEFAULT false,
  PRIMARY KEY (c, key)
);

-- What this node has whole: filled from above, or (born) of patients that a node below was the first to write of. taken: the node above
-- grants it no more, so what is here grows old, whoever began it.
CREATE TABLE scope_held (
  c bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  since bigint NOT NULL,
  born boolean NOT NULL,
  taken boolean NOT NULL DEFAULT false,
  PRIMARY KEY (c, key)
);

-- One row. n: up to which arrival commits were read for grants, and until when one process has the turn. parent, confirmed: until
-- when nothing newer is missing, as that parent said. filled, fill_of: of a filling, how many heads came, of how many; both 0: none goes on.
CREATE TABLE scope_state (
  n bigint NOT NULL,
  turn_until bigint NOT NULL,
  parent text COLLATE "C",
  confirmed bigint,
  filled bigint NOT NULL,
  fill_of bigint NOT NULL,
  the_only_one boolean NOT NULL DEFAULT true UNIQUE CHECK (the_only_one)
);
INSERT INTO scope_state (n, turn_until, filled, fill_of) VALUES (0, 0, 0, 0);
