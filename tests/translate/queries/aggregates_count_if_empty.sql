-- expect: rewritten
SELECT COUNT_IF(ok) AS many FROM samples WHERE id > 1000
