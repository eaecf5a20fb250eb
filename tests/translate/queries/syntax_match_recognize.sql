-- expect: refused
SELECT * FROM samples MATCH_RECOGNIZE (ORDER BY id MEASURES A.id AS m PATTERN (A B) DEFINE B AS n > 1)
