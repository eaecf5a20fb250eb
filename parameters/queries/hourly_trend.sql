-- Hourly trend: trips under way and their mean delay, hour by hour, in UTC as the lake is partitioned.
SELECT
    date_format(from_unixtime("timestamp"), '%Y-%m-%d %H:00') AS hour_utc,
    COUNT(DISTINCT trip_id) AS trips,
    COUNT_IF(arrival_delay_seconds > 300) AS late_predictions,
    ROUND(AVG(arrival_delay_seconds), 1) AS avg_delay_seconds
FROM smartroute_analytics.vehicles
WHERE hour BETWEEN 5 AND 23
GROUP BY date_format(from_unixtime("timestamp"), '%Y-%m-%d %H:00')
ORDER BY hour_utc
