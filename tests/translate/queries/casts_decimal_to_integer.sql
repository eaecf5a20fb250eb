-- expect: rewritten
SELECT id, CAST(money AS bigint) AS a, CAST(rate AS bigint) AS b FROM samples
