-- The home compartment by its name, beside its key "c": who may know of a resource is decided by it (specs/store.md RS9, RS28).
--
-- Rows that are there get it from the header of the head that is shown, whose scope says it ("pat/1" -> "Patient/1"). The scope is
-- the last array of a header, and its texts hold no bracket.

ALTER TABLE resource ADD COLUMN home text COLLATE "C" NOT NULL DEFAULT '';

UPDATE resource r SET home = 'Patient/' || said.id
FROM (
  SELECT v.c, v.rid, v.hash, substring(v.header FROM '"pat/([A-Za-z0-9.-]{1,64})"[^][]*\],"[^"]*","[^"]*"\]$') AS id
  FROM revision v WHERE v.c <> 0) AS said
WHERE said.c = r.c AND said.rid = r.rid AND said.hash = coalesce(r.displayed, r.version) AND said.id IS NOT NULL;

ALTER TABLE resource ALTER COLUMN home DROP DEFAULT;
