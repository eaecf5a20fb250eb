-- expect: rewritten
SELECT id, day + 3 * INTERVAL '1' DAY AS a, at - small * INTERVAL '1' HOUR AS b FROM samples
