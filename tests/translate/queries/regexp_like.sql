-- expect: rewritten
SELECT id FROM samples WHERE regexp_like(s, '^[a-g]+[0-9]*') OR regexp_like(s, '\d{2}')
