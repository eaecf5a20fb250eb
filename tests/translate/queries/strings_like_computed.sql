-- expect: rewritten
SELECT id FROM samples WHERE parts LIKE concat('%', s, '%')
