-- expect: rewritten
SELECT d FROM UNNEST(sequence(1, 5)) AS t (d)
