-- expect: rewritten
SELECT codepoint('é') AS a, chr(233) AS b
