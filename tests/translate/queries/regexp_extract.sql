-- expect: rewritten
SELECT id, regexp_extract(s, '[0-9]+') AS a, regexp_extract(s, '([a-z]+) ([0-9]+)-([A-Z])', 2) AS b, regexp_extract(parts, '(\w)=(\w)', 2) AS c FROM samples
