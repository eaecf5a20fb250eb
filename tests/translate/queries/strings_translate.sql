-- expect: unchanged
SELECT id, translate(s, 'abc', 'xy') AS a FROM samples
