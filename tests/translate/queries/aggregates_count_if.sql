-- expect: rewritten
SELECT COUNT_IF(n > 2) AS many, COUNT_IF(n > 100000000000000000) AS none FROM samples
