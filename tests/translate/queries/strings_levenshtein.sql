-- expect: refused
SELECT levenshtein_distance(s, u) AS a FROM samples
