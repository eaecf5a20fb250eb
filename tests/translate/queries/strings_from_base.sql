-- expect: rewritten
SELECT from_base('ff', 16) AS a
