-- expect: rewritten
SELECT id, format_datetime(at, 'yyyy-MM-dd''T''HH:mm:ss') AS a, format_datetime(at, 'yyyyMMdd') AS b FROM samples
