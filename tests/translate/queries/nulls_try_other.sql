-- expect: refused
SELECT TRY(date_parse(s, '%Y')) AS q FROM samples
