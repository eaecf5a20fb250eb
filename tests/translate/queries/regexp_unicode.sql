-- expect: refused
SELECT id FROM samples WHERE regexp_like(u, '\p{L}+')
