-- expect: refused
SELECT at + INTERVAL '1 02' DAY TO HOUR AS a FROM samples
