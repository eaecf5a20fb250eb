-- expect: rewritten
SELECT date_parse('2026-02-28 10:11:12', '%Y-%m-%d %H:%i:%s') AS a, date_parse('28/02/2026', '%d/%m/%Y') AS b
