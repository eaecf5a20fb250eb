-- expect: rewritten
SELECT id, SUBSTR(s, STRPOS(s, 'a') + 1) AS a, SUBSTR(s, small - 3) AS b FROM samples
