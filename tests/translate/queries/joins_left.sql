-- expect: unchanged
SELECT a.id, r.fare FROM samples AS a LEFT JOIN routes AS r ON a.id = r.id AND r.fare > 2
