-- expect: refused
SELECT id FROM samples WHERE regexp_like(s, 'a(?=l)')
