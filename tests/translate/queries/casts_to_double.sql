-- expect: rewritten
SELECT id, CAST(n AS double) / 4 AS q, CAST(money AS double) AS m, CAST('1.5' AS double) AS t FROM samples
