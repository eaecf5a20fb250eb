-- expect: rewritten
SELECT id FROM samples WHERE starts_with(s, 'a%') OR starts_with(u, s)
