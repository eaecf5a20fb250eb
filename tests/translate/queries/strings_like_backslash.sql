-- expect: rewritten
SELECT id FROM samples WHERE s LIKE '%c\d'
