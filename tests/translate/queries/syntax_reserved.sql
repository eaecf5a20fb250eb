-- expect: rewritten
SELECT id AS tag, n AS "timestamp" FROM samples
