-- expect: rewritten
SELECT id FROM samples WHERE u = 'tail ' OR u = 'tail'
