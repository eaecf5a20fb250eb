-- expect: rewritten
SELECT id, n AS k FROM samples WHERE id <> 6 ORDER BY k * -1 DESC, id
