-- expect: unchanged
SELECT a.id, r.name FROM samples AS a JOIN routes AS r ON a.id = r.id
