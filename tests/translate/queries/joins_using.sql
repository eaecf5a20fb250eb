-- expect: unchanged
SELECT id, name FROM samples JOIN routes USING (id)
