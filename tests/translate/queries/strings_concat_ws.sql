-- expect: rewritten
SELECT id, concat_ws('/', s, u, parts) AS a, concat_ws('', s, u) AS b FROM samples
