-- expect: rewritten
SELECT id, ROW_NUMBER() OVER (ORDER BY n DESC, id) AS a, RANK() OVER (PARTITION BY ok ORDER BY small) AS b, DENSE_RANK() OVER (ORDER BY small DESC) AS c FROM samples
