-- Busiest stops: where the most distinct trips call, and how long their riders still have to wait.
-- Waits are whole elapsed minutes from the feed's own clock to the predicted arrival; trains already past are left out.
SELECT
    stop_id,
    COUNT(DISTINCT trip_id) AS trips,
    COUNT(DISTINCT route_id) AS routes,
    ROUND(AVG(date_diff('minute', from_unixtime("timestamp"), from_unixtime(arrival_time))), 1) AS avg_wait_minutes
FROM smartroute_analytics.vehicles
WHERE next_arrival_seconds >= 0
GROUP BY stop_id
ORDER BY trips DESC, stop_id
LIMIT 20
