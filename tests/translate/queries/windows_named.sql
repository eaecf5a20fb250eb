-- expect: rewritten
SELECT id, ROW_NUMBER() OVER w AS a, LAG(id) OVER w AS b FROM samples WINDOW w AS (PARTITION BY ok ORDER BY id)
