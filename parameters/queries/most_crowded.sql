-- Most crowded: the stops and routes with the most vehicles seen in an hour.
SELECT
    stop_id,
    route_id,
    MAX(vehicle_count) AS peak_vehicles,
    ROUND(AVG(vehicle_frequency_per_hour), 1) AS avg_frequency_per_hour
FROM smartroute_analytics.crowding_metrics
GROUP BY stop_id, route_id
ORDER BY peak_vehicles DESC
LIMIT 10
