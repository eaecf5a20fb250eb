-- expect: unchanged
SELECT id FROM samples WHERE n NOT IN (45, 2)
