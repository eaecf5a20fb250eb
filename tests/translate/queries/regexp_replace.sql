-- expect: rewritten
SELECT id, regexp_replace(s, '[aeiou]', '.') AS a, regexp_replace(s, '[0-9]+') AS b FROM samples
