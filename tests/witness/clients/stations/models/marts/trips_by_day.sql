{{ config(materialized='incremental', unique_key='ridden_on') }}
select ridden_on, count(*) as trips from {{ ref('stg_trips') }}
{% if is_incremental() %} where ridden_on >= (select max(ridden_on) from {{ this }}) {% endif %}
group by ridden_on
