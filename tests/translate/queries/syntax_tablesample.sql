-- expect: refused
SELECT * FROM samples TABLESAMPLE BERNOULLI (10)
