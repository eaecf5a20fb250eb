-- expect: rewritten
SELECT RANDOM() AS r
