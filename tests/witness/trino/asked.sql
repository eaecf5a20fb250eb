SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'EST'
SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'MST'
SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'HST'
SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'CET'
SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'EST5EDT'
SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'GMT'
SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'europe/berlin'
SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'PST'
SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'US/Pacific'
SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'Z'
SELECT TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'UTC+1'
SELECT CAST('2026-03-08 02:30:00 America/New_York' AS timestamp with time zone)
SELECT TRY_CAST('2026-03-08 02:30:00 America/New_York' AS timestamp with time zone)
SELECT TIMESTAMP '2026-11-01 01:30:00 America/New_York'
SELECT with_timezone(TIMESTAMP '2026-03-08 02:30:00', 'America/New_York')
SELECT to_unixtime(TIMESTAMP '2024-02-29 23:59:59.9996')
SELECT to_unixtime(TIMESTAMP '2024-02-29 23:59:59.9991')
SELECT to_unixtime(TIMESTAMP '2024-02-29 23:59:59.999123')
SELECT to_unixtime(TIMESTAMP '1969-02-28 23:59:59.999123')
SELECT to_unixtime(TIMESTAMP '2024-02-29 23:59:59.9991 UTC')
SELECT to_unixtime(TIMESTAMP '2024-02-29 23:59:59.999123 UTC')
SELECT numeric_histogram(2, x) FROM (VALUES BIGINT '1', 2, 5) AS t(x)
SELECT numeric_histogram(2, x) FROM (VALUES 1.5, 2, 5) AS t(x)
SELECT numeric_histogram(2, x) FROM (VALUES 1.1e0, 2, 5) AS t(x)
SELECT numeric_histogram(2, x, w) FROM (VALUES (1, 2), (3, 4), (5, 6)) AS t(x, w)
SELECT numeric_histogram(2, x, w) FROM (VALUES (REAL '1', 2e0), (3, 4), (5, 6)) AS t(x, w)
SELECT id FROM samples AS a WHERE EXISTS (SELECT 1 FROM routes AS r WHERE r.id = a.id AND r.id IN (SELECT id FROM routes))
SELECT id FROM samples AS a WHERE EXISTS (SELECT 1 FROM routes AS r WHERE EXISTS (SELECT id FROM routes AS q WHERE q.id = a.id))
SELECT id FROM samples AS a WHERE EXISTS (SELECT 1 FROM routes AS r WHERE r.id = (SELECT max(q.id) FROM routes AS q WHERE q.id = a.id))
SELECT id, (SELECT (SELECT max(q.id) FROM routes AS q WHERE q.id = a.id)) FROM samples AS a
SELECT id FROM samples AS a WHERE id IN (SELECT r.id FROM routes AS r WHERE r.id = a.id)
SELECT id FROM samples AS a WHERE id IN (SELECT r.id + a.id FROM routes AS r)
SELECT id FROM samples AS a WHERE id IN (SELECT r.id FROM routes AS r WHERE r.id > a.id)
SELECT id FROM samples AS a WHERE id IN (SELECT max(r.id) FROM routes AS r WHERE r.id = a.id)
SELECT id FROM samples AS a WHERE id IN (SELECT max(r.id) FROM routes AS r WHERE r.id > a.id)
SELECT id FROM samples AS a WHERE id IN (SELECT r.id FROM routes AS r WHERE r.id = a.id GROUP BY r.id)
SELECT id FROM samples AS a WHERE id IN (SELECT DISTINCT r.id FROM routes AS r WHERE r.id = a.id)
SELECT id FROM samples AS a WHERE id IN (SELECT r.id FROM routes AS r WHERE r.id = a.id LIMIT 1)
SELECT id FROM samples AS a WHERE id IN (SELECT r.id FROM routes AS r WHERE r.id = a.id ORDER BY 1 LIMIT 1)
SELECT id FROM samples AS a WHERE id IN (SELECT row_number() OVER (ORDER BY r.id) FROM routes AS r WHERE r.id = a.id)
SELECT id FROM samples AS a WHERE id IN (SELECT r.id FROM routes AS r WHERE r.id = a.id UNION ALL SELECT 1)
SELECT id FROM samples AS a WHERE EXISTS (SELECT r.id FROM routes AS r WHERE r.id = a.id GROUP BY r.id)
SELECT id FROM samples AS a WHERE EXISTS (SELECT max(r.id) FROM routes AS r WHERE r.id = a.id GROUP BY r.name)
SELECT id FROM samples AS a WHERE EXISTS (SELECT r.id FROM routes AS r WHERE r.id > a.id LIMIT 1)
SELECT id FROM samples AS a WHERE EXISTS (SELECT row_number() OVER () FROM routes AS r WHERE r.id = a.id)
SELECT id FROM samples AS a WHERE EXISTS (SELECT r.id FROM routes AS r WHERE r.id = a.id UNION ALL SELECT 1)
SELECT id, (SELECT max(r.id) FROM routes AS r WHERE r.id = a.id) FROM samples AS a
SELECT id, (SELECT max(r.id) FROM routes AS r WHERE r.id = a.id GROUP BY r.name) FROM samples AS a
SELECT id, (SELECT r.id FROM routes AS r WHERE r.id = a.id LIMIT 1) FROM samples AS a
SELECT id, (SELECT r.id FROM routes AS r WHERE r.id > a.id LIMIT 1) FROM samples AS a
SELECT id, (SELECT r.id FROM routes AS r WHERE r.id = a.id ORDER BY r.name LIMIT 1) FROM samples AS a
SELECT id, (SELECT r.id FROM routes AS r WHERE r.id > a.id ORDER BY r.name LIMIT 1) FROM samples AS a
SELECT id, (SELECT row_number() OVER () FROM routes AS r WHERE r.id = a.id) FROM samples AS a
SELECT id, (SELECT count(*) FROM routes AS r WHERE r.id < a.id) FROM samples AS a
SELECT id, (SELECT count(DISTINCT r.id) FROM routes AS r WHERE r.id < a.id) FROM samples AS a
SELECT id, (SELECT sum(r.id) + a.id FROM routes AS r) FROM samples AS a
SELECT id, (SELECT sum(r.id + a.id) FROM routes AS r) FROM samples AS a
SELECT id, (SELECT max(r.id) FROM routes AS r JOIN samples AS b ON r.id = b.id AND b.id = a.id) FROM samples AS a
SELECT id, (SELECT max(r.id) FROM routes AS r LEFT JOIN samples AS b ON r.id = b.id AND b.id = a.id) FROM samples AS a
SELECT a.id FROM samples AS a JOIN routes AS r ON r.id = a.id AND EXISTS (SELECT 1 FROM routes AS q WHERE q.id = a.id)
SELECT a.id FROM samples AS a JOIN routes AS r ON r.id = a.id AND r.fare = (SELECT MAX(q.fare) FROM routes AS q WHERE q.id = a.id)
SELECT a.id FROM samples AS a LEFT JOIN routes AS r ON r.id = a.id AND r.fare = (SELECT MAX(q.fare) FROM routes AS q)
SELECT a.id FROM samples AS a LEFT JOIN routes AS r ON r.id = a.id AND r.fare IN (SELECT q.fare FROM routes AS q)
SELECT a.id FROM samples AS a LEFT JOIN routes AS r ON r.id = a.id AND EXISTS (SELECT 1 FROM routes AS q WHERE q.id = r.id)
SELECT a.id FROM samples AS a WHERE a.n > ALL (SELECT r.id FROM routes AS r WHERE r.id = a.id)
SELECT a.id FROM samples AS a WHERE a.n > ANY (SELECT r.id FROM routes AS r WHERE r.id = a.id)
SELECT a.id, k FROM samples AS a CROSS JOIN LATERAL (SELECT max(r.id) AS k FROM routes AS r WHERE r.id = a.id)
SELECT a.id, k FROM samples AS a CROSS JOIN LATERAL (SELECT r.id AS k FROM routes AS r WHERE r.id = a.id ORDER BY 1 LIMIT 1)
SELECT a.id, k FROM samples AS a LEFT JOIN LATERAL (SELECT r.id AS k FROM routes AS r WHERE r.id = a.id) ON true
SELECT a.id, k FROM samples AS a LEFT JOIN LATERAL (SELECT r.id AS k FROM routes AS r WHERE r.id = a.id) ON k > 1
SELECT a.id, k FROM samples AS a JOIN LATERAL (SELECT r.id AS k FROM routes AS r) ON k = a.id
SELECT a.id, k FROM samples AS a, LATERAL (SELECT r.id AS k FROM routes AS r WHERE r.id < a.id)
SELECT hamming_distance('Zoë', 'abd'), hamming_distance('', ''), hamming_distance('abc','abd')
SELECT CAST(json_parse('"text"') AS json)
SELECT TIMESTAMP '2026-01-01 00:00:00 UTC+1', TIMESTAMP '2026-01-01 00:00:00 +01:00', TIMESTAMP '2026-01-01 00:00:00 Z', TIMESTAMP '2026-01-01 00:00:00 GMT'
SELECT TIMESTAMP '2026-03-08 02:30:00 America/New_York'
SELECT TIMESTAMP '2026-03-08 03:30:00 America/New_York'
SELECT TIMESTAMP '2026-03-08 02:30:00 EST'
SELECT at_timezone(from_unixtime(0), 'EST')
SELECT at_timezone(from_unixtime(0), '+0530')
SELECT from_unixtime(0, 5, 30)
SELECT (n, i) < (45, 7) FROM samples
SELECT k, v, o FROM UNNEST(MAP(ARRAY['a', 'b'], ARRAY[1.5, 2.25])) WITH ORDINALITY AS t (k, v, o)
SELECT a, b, o FROM UNNEST(ARRAY[1,2,3], ARRAY['x']) WITH ORDINALITY AS t (a, b, o) ORDER BY o
SELECT x, y, o FROM UNNEST(ARRAY[ROW(1,'a'),ROW(2,'b')]) WITH ORDINALITY AS t (x, y, o) ORDER BY o
SELECT x, o FROM UNNEST(ARRAY[7,8]) WITH ORDINALITY AS t (x, o) ORDER BY o
SELECT id, k, v, o FROM samples CROSS JOIN UNNEST(MAP(ARRAY['a', s], ARRAY[1, id])) WITH ORDINALITY AS t (k, v, o) WHERE id = 1
SELECT listagg(s, ',' ON OVERFLOW TRUNCATE '...' WITHOUT COUNT) WITHIN GROUP (ORDER BY id) AS v FROM samples
SELECT listagg(s, ',' ON OVERFLOW ERROR) WITHIN GROUP (ORDER BY id DESC) AS v FROM samples
SELECT listagg(DISTINCT ok, ',') WITHIN GROUP (ORDER BY ok) FROM samples
SELECT small, listagg(CAST(id AS varchar), ',') WITHIN GROUP (ORDER BY id) FILTER (WHERE id > 2) FROM samples GROUP BY 1
SELECT listagg(s) WITHIN GROUP (ORDER BY id) AS v FROM samples
SELECT listagg(repeat_s, ',') WITHIN GROUP (ORDER BY id) FROM (SELECT id, rpad('x', 200000, 'y') AS repeat_s FROM samples)
SELECT approx_percentile(id, ARRAY[0, 0.5, 1]), approx_percentile(x, 0.9), approx_distinct(s), approx_distinct(s) FILTER (WHERE id > 3) FROM samples
SELECT id, approx_percentile(id, 0.5) OVER (ORDER BY id), approx_distinct(s) OVER (PARTITION BY small) FROM samples
SELECT id FROM samples WHERE regexp_like(s, 'a(?=l)')
SELECT id FROM samples WHERE regexp_like(s, 'a(l')
SELECT id FROM samples WHERE regexp_like(s, '*')
SELECT id FROM samples WHERE regexp_like(s, '(a)\1')
SELECT id FROM samples WHERE regexp_like(s, '[z-a]')
SELECT TRY(1/0) FROM samples WHERE id = 1
SELECT TRY(CAST('a' AS integer)) FROM samples WHERE id = 1
SELECT TRY(chr(-1)) FROM samples WHERE id = 1
SELECT TRY(from_hex('zz')) FROM samples WHERE id = 1
SELECT TRY(split_part('a','b',-1)) FROM samples WHERE id = 1
SELECT TRY(split_part(s,'b',-1)) FROM samples WHERE id = 1
SELECT TRY(json_parse('{')) FROM samples WHERE id = 1
SELECT TRY(json_parse(s)) FROM samples WHERE id = 1
SELECT TRY(transform(ARRAY[1], x -> x/0)) FROM samples WHERE id = 1
SELECT TRY(transform(ARRAY[id], x -> 1/(x-1))) FROM samples WHERE id = 1
SELECT TRY(coalesce(1/0, 5)) FROM samples WHERE id = 1
SELECT TRY(coalesce(1/(id-1), 5)) FROM samples WHERE id = 1
SELECT TRY(CASE WHEN id/0 = 1 THEN 1 ELSE 2 END) FROM samples WHERE id = 1
SELECT TRY(TRY(1/0) + 1) FROM samples WHERE id = 1
SELECT TRY(url_decode('%')) FROM samples WHERE id = 1
SELECT TRY(normal_cdf(0, -1, 2)) FROM samples WHERE id = 1
SELECT TRY(CAST(doc AS JSON)) FROM samples WHERE id = 1
SELECT coalesce(TRY(1/(id-1)), 7) FROM samples WHERE id = 1
SELECT TRY(CAST(s AS date)) FROM samples WHERE id = 1
SELECT TRY(CAST(s AS boolean)) FROM samples WHERE id = 1
SELECT TRY(CAST(x AS decimal(3,2))) FROM samples WHERE id = 1
SELECT TRY(money/0) FROM samples WHERE id = 1
SELECT TRY(width_bucket(x, 0, 0, 1)) FROM samples WHERE id = 1
SELECT TRY(element_at(MAP(ARRAY['a'],ARRAY[1]),'a')) FROM samples WHERE id = 1
SELECT TRY(MAP(ARRAY['a'],ARRAY[1])['b']) FROM samples WHERE id = 1
SELECT TRY(ARRAY[id][2]) FROM samples WHERE id = 1
SELECT TRY(split(s, '')) FROM samples WHERE id = 1
SELECT TRY(concat_ws(',', 'a', CAST(1/(id-1) AS varchar))) FROM samples WHERE id = 1
SELECT id, TRY(1/(id-1)), TRY(coalesce(1/(id-2),9)) FROM samples ORDER BY 1
SELECT 0x1F, 0XfF, 0b101, 0o17, 1_000, 1_000.5, 0xFFFF_FFFF
SELECT id AS a FROM samples UNION SELECT id FROM routes ORDER BY a + 1, a LIMIT 3
WITH q AS (SELECT id FROM samples) SELECT id AS a FROM q UNION ALL SELECT id FROM q ORDER BY -a LIMIT 3
SELECT MAX(n ORDER BY id), COUNT(s ORDER BY id), SUM(id ORDER BY s) FROM samples
SELECT array_agg(DISTINCT s ORDER BY s DESC) FROM samples
SELECT array_agg(DISTINCT s ORDER BY lower(s)) FROM samples
SELECT small FROM samples GROUP BY ROLLUP (lower(s)), small
SELECT small, COUNT(*) FROM samples GROUP BY ROLLUP (1)
SELECT small, COUNT(*) FROM samples GROUP BY CUBE (samples.small)
SELECT small, COUNT(*) FROM samples GROUP BY ALL small
SELECT id FROM samples NATURAL LEFT JOIN routes
SELECT id FROM samples WHERE s LIKE ALL ('a%', '%a')
SELECT id, MAX(n) FILTER (WHERE ok) OVER () FROM samples
SELECT id, MAX(DISTINCT n) OVER () FROM samples
SELECT at + INTERVAL '2' WEEK FROM samples
SELECT at + INTERVAL '1' QUARTER FROM samples
SELECT at + INTERVAL '5' MILLISECOND FROM samples
SELECT CAST(CAST(1.5 AS real) AS json), CAST(json_parse('[1, 2]') AS json)
SELECT approx_percentile(small, ARRAY[0.25, 0.5, 0.75]) FROM samples
SELECT small, approx_percentile(x, 0.5), approx_distinct(u) FROM samples GROUP BY small
SELECT approx_percentile(id, 1.5) FROM samples
SELECT approx_percentile(id, -0.1) FROM samples
SELECT id FROM samples AS a WHERE EXISTS (SELECT 1 FROM UNNEST(split(a.parts, ',')) AS t (p) WHERE p = 'a')
SELECT id FROM samples AS a WHERE 'a' IN (SELECT p FROM UNNEST(split(a.parts, ',')) AS t (p))
SELECT id, (SELECT max(p) FROM UNNEST(split(a.parts, ',')) AS t (p)) FROM samples AS a
SELECT id, (SELECT p FROM UNNEST(split(a.parts, ',')) AS t (p) LIMIT 1) FROM samples AS a
SELECT id FROM samples AS a WHERE NOT EXISTS (SELECT 1 FROM routes AS r WHERE r.id = a.id AND r.fare > a.money)
SELECT id, (SELECT max(r.fare) FROM routes AS r WHERE r.id = a.id AND r.name LIKE a.s) FROM samples AS a
SELECT id FROM samples AS a WHERE (id, n) IN (SELECT r.id, a.n FROM routes AS r WHERE r.id = a.id)
SELECT id FROM samples AS a WHERE id IN (SELECT q.id FROM (SELECT r.id FROM routes AS r WHERE r.id = a.id) AS q)
SELECT id FROM samples AS a WHERE id IN (SELECT q.id FROM (SELECT r.id FROM routes AS r WHERE r.id = a.id GROUP BY r.id) AS q)
WITH q AS (SELECT id FROM routes) SELECT id FROM samples AS a WHERE EXISTS (SELECT 1 FROM q WHERE q.id = a.id)
SELECT regexp_like(s, '(a).*\1'), regexp_extract(s, '(?<=l)p') FROM samples WHERE id = 1
SELECT 1_0e1
SELECT 1a
SELECT regexp_replace('abc', '(?i)B', 'x')
SELECT 'a
SELECT t, TRY_CAST(t AS decimal(10,2)) AS a, TRY_CAST(t AS double) AS b, TRY_CAST(t AS real) AS c FROM (VALUES '12', '+12', ' 12', '12 ', '1e1', '1_000', '.5', '5.', '.', '', ' ', '1d', '1f', '1e', '-1.5e-2', '1,5', '1.5.5', '--1', 'NaN', 'nan', 'Infinity', 'inf', '-Infinity', '0x1F', '1e400') AS v (t)
SELECT t, TRY_CAST(t AS bigint) AS a, TRY_CAST(t AS integer) AS b, TRY_CAST(t AS smallint) AS c, TRY_CAST(t AS boolean) AS d FROM (VALUES '12', '+12', '-0', '12.0', '1e1', '1_000', '', '40000', '3000000000', 'T', 'true', 'TRUE', 'yes', '1', '0') AS v (t)
SELECT t, TRY_CAST(t AS bigint) AS a FROM (VALUES ' 12', '12 ', ' 12 ', ' ') AS v (t)
SELECT t, TRY_CAST(t AS boolean) AS a FROM (VALUES ' true', 'true ', ' 1') AS v (t)
SELECT t, TRY_CAST(t AS date) AS a, TRY_CAST(t AS timestamp) AS b, TRY_CAST(t AS timestamp(6)) AS c FROM (VALUES '2024-01-01', ' 2024-01-01 ', '2024-1-1', '2024/01/01', '20240101', '2024-13-01', '2024-02-30', '2024-01', '2024-01-01T10:20:30', '2024-01-01T10:20:30Z', '2024-01-01 10:20:30', '2024-01-01 1:2:3', '2024-01-01 10:20', '2024-01-01 10', '2024-01-01  10:20:30', '2024-01-01 24:00:00', '2024-01-01 10:20:60', '2024-01-01 10:20:30.5', '2024-01-01 10:20:30.123456', '2024-01-01 10:20:30 UTC', '2024-01-01 10:20:30 Europe/Vienna', '2024-01-01 10:20:30 +02:00', 'x', '') AS v (t)
SELECT t, TRY_CAST(t AS time) AS a, TRY_CAST(t AS time(6)) AS b FROM (VALUES '10:20', '10:20:30', '10:20:30.123456', '1:2:3', ' 10:20', '10:20:30 ', '24:00', '25:00', '10', '10:20:30+01:00', '10:20:30 UTC', '2024-01-01 10:20:30', '') AS v (t)
SELECT CAST('2024/01/01' AS timestamp) AS v
SELECT CAST('2024-01-01T10:20:30' AS timestamp) AS v
SELECT CAST(' 12' AS decimal(10,2)) AS v
SELECT CAST('1_000' AS double) AS v
SELECT CAST('24:00' AS time) AS v
SELECT CAST(1.11111111111111111111 AS decimal(38,20)) % CAST(1.11 AS decimal(38,2)) AS a, CAST(1.11111111111111111111 AS decimal(38,20)) % 7 AS b, SUM(rate) % 0.7 AS c, SUM(rate) % SUM(money) AS d FROM samples WHERE id < 6
SELECT SUM(rate) + SUM(money) AS a, SUM(rate) - 0.125 AS b, SUM(money) * 2 AS c, SUM(rate) + SUM(rate) AS d, SUM(rate) + 1 AS e FROM samples WHERE id < 6
SELECT SUM(rate) * 1.08 AS a, SUM(rate) * SUM(money) AS b FROM samples WHERE id < 6
SELECT CAST(money AS decimal(38,2)) + rate AS a, CAST(money AS decimal(38,2)) * rate AS b FROM samples WHERE id < 6
