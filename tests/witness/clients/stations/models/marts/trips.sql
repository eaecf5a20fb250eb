{% set methods = ['card', 'coupon', 'gift', 'coin'] %}
with fares as (
    select trip_id,
        {% for m in methods %}sum(case when method = '{{ m }}' then amount else 0 end) as {{ m }}_amount,
        {% endfor %}sum(amount) as total_amount
    from {{ ref('stg_fares') }} group by trip_id
)
select t.trip_id, t.rider_id, t.ridden_on, t.status,
    {% for m in methods %}f.{{ m }}_amount,
    {% endfor %}f.total_amount as amount
from {{ ref('stg_trips') }} t left join fares f on t.trip_id = f.trip_id
