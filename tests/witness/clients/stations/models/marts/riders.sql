with trips as (
    select rider_id, min(ridden_on) as first_trip, max(ridden_on) as latest_trip, count(trip_id) as number_of_trips
    from {{ ref('stg_trips') }} group by rider_id
),
spent as (
    select t.rider_id, sum(f.amount) as total_amount
    from {{ ref('stg_fares') }} f left join {{ ref('stg_trips') }} t on f.trip_id = t.trip_id group by t.rider_id
)
select r.rider_id, r.first_name, r.last_name, trips.first_trip, trips.latest_trip, trips.number_of_trips,
    spent.total_amount as lifetime_value
from {{ ref('stg_riders') }} r
left join trips on r.rider_id = trips.rider_id
left join spent on r.rider_id = spent.rider_id
