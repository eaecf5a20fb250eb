-- On-time performance by route: the share of predictions within five minutes of the timetable, and the mean delay.
-- Rows whose trip has no timetable (delay unknown) are left out.
SELECT
    route_id,
    COUNT(*) AS predictions,
    ROUND(AVG(arrival_delay_seconds), 2) AS avg_delay_seconds,
    ROUND(100.0 * SUM(CASE WHEN ABS(arrival_delay_seconds) <= 300 THEN 1 ELSE 0 END) / COUNT(*), 2) AS on_time_pct
FROM smartroute_analytics.vehicles
WHERE arrival_delay_seconds IS NOT NULL
GROUP BY route_id
ORDER BY on_time_pct DESC, route_id
