-- expect: unchanged
SELECT id, n * x AS a, money * x AS b, money + n AS c FROM samples WHERE id <> 6
