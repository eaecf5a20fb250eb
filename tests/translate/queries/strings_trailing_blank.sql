-- expect: rewritten
SELECT id FROM samples WHERE s = 'gamma '
