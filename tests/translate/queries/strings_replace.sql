-- expect: rewritten
SELECT id, REPLACE(s, 'a', 'ä') AS a, REPLACE(parts, ',') AS b FROM samples
