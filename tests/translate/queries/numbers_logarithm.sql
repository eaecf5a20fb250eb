-- expect: rewritten
SELECT id, LN(n) AS l, LOG10(n) AS l10, LOG2(n) AS l2, LOG(3, n) AS l3 FROM samples WHERE n > 0
