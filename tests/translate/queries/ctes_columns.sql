-- expect: unchanged
WITH t (one, two) AS (SELECT id, s FROM samples) SELECT two FROM t WHERE one < 3
