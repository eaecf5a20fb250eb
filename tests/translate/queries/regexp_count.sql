-- expect: rewritten
SELECT id, regexp_count(s, '[aeiou]') AS k FROM samples
