-- expect: rewritten
SELECT COUNT_IF(n > 2) FILTER (WHERE ok OR n = 0) AS k FROM samples
