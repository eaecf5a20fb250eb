-- expect: unchanged
SELECT a.id, r.id AS route FROM samples AS a FULL JOIN routes AS r ON a.id = r.id
