-- expect: refused
SELECT date_parse(s, '%M %d') AS a FROM samples
