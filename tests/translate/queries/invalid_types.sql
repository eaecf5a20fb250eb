-- expect: invalid-source
SELECT id FROM samples WHERE s = 5
