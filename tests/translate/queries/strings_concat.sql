-- expect: rewritten
SELECT id, concat(s, '-', u) AS a, s || u AS b FROM samples
