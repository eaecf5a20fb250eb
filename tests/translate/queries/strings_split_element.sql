-- expect: rewritten
SELECT id, element_at(split(parts, ','), 2) AS b, cardinality(split(parts, ',')) AS k FROM samples
