-- Numbers that people read (specs/identity.md): where each lane of a series stands, and who took which numbers. Of this node alone.

-- A lane is of one series and of the incarnation that opened it last.
CREATE TABLE number_lane (
  lane text COLLATE "C" PRIMARY KEY,
  series text COLLATE "C" NOT NULL,
  incarnation text COLLATE "C" NOT NULL,
  next bigint NOT NULL
);
CREATE INDEX number_lane_open ON number_lane (incarnation, series, next);

CREATE TABLE number_note (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  series text COLLATE "C" NOT NULL,
  first text COLLATE "C" NOT NULL,
  last text COLLATE "C" NOT NULL,
  count int NOT NULL,
  who text COLLATE "C" NOT NULL,
  purpose text COLLATE "C" NOT NULL
);
