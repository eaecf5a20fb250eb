-- expect: refused
SELECT WIDTH_BUCKET(x, 0, 10, 5) AS b FROM samples
