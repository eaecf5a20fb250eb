{{ config(tags=['after']) }}
-- A row when trip 4 is not there as placed until a moment and as shipped since, beside the four other trips.
with counted as (
    select count(*) as states, count(dbt_valid_to) as ended,
        sum(case when trip_id = 4 and status = 'placed' and dbt_valid_to is not null then 1 else 0 end) as placed,
        sum(case when trip_id = 4 and status = 'shipped' and dbt_valid_to is null then 1 else 0 end) as shipped
    from {{ ref('trips_snapshot') }}
)
select * from counted where states <> 6 or ended <> 1 or placed <> 1 or shipped <> 1
