-- expect: refused
SELECT date_format(at, '%U') AS a FROM samples
