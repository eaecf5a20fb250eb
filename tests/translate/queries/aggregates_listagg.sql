-- expect: rewritten
SELECT ok, LISTAGG(s, '; ') WITHIN GROUP (ORDER BY id DESC) AS names FROM samples GROUP BY ok
