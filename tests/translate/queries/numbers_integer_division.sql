-- expect: unchanged
SELECT id, n / 2 AS half, i / -2 AS negative, n % 3 AS rest, -n % 3 AS rest2 FROM samples
