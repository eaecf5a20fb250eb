-- Reliability ranking: routes by their hourly on-time share, weighted by the trips of each hour.
-- Hours in which no trip had a timetable carry no share and weigh nothing.
SELECT
    RANK() OVER (ORDER BY reliability DESC, route_id) AS place,
    route_id,
    trips,
    reliability,
    worst_delay_seconds
FROM (
    SELECT
        route_id,
        SUM(total_vehicles) AS trips,
        ROUND(SUM(on_time_pct * total_vehicles) / SUM(total_vehicles), 2) AS reliability,
        MAX(max_delay_seconds) AS worst_delay_seconds
    FROM smartroute_analytics.delay_metrics
    WHERE on_time_pct IS NOT NULL
    GROUP BY route_id
) AS by_route
ORDER BY place
LIMIT 15
