-- expect: invalid-source
SELECT id FROM samples WHERE n
