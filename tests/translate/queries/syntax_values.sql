-- expect: rewritten
SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS t (k, v)
