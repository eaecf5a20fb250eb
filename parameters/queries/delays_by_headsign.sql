-- Delays by route and headsign: how late trains run in each direction, and the share that is late by more than five minutes.
SELECT
    route_id,
    headsign,
    COUNT(DISTINCT trip_id) AS trips,
    AVG(arrival_delay_seconds) FILTER (WHERE arrival_delay_seconds > 0) AS avg_late_seconds,
    ROUND(100.0 * COUNT_IF(arrival_delay_seconds > 300) / COUNT(*), 2) AS late_pct
FROM smartroute_analytics.vehicles
WHERE arrival_delay_seconds IS NOT NULL
GROUP BY route_id, headsign
HAVING COUNT(DISTINCT trip_id) >= 2
ORDER BY late_pct DESC, route_id, headsign
LIMIT 25
