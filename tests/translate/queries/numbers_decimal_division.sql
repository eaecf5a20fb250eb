-- expect: rewritten
SELECT id, money / 3 AS third, rate / 7 AS seventh, money / rate AS ratio FROM samples WHERE rate <> 0
