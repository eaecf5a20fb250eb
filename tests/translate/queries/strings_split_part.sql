-- expect: rewritten
SELECT id, SPLIT_PART(parts, ',', 1) AS a, SPLIT_PART(parts, ',', 2) AS b, SPLIT_PART(parts, ',', 3) AS c FROM samples
