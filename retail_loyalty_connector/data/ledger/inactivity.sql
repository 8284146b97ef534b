-- Points that lapse when a member does nothing for some months: each purchase and each
-- payment with points carries all of the account's points on, in the statement that
-- notes it. A purchase whose points are still pending counts from the day it took place.
--
-- The same calendar as tools/expiry.py: months on the program's days, through the last.

CREATE OR REPLACE FUNCTION retail_loyalty_usable_until(
    p retail_loyalty_program, p_active timestamp
) RETURNS timestamp LANGUAGE sql STABLE AS $$
    SELECT timezone('UTC', timezone(p.tz, (last_day + coalesce(p.expiry_grace_days, 0) + 1)::timestamp))
      FROM (SELECT timezone(p.tz, timezone('UTC', p_active))::date
                   + make_interval(months => p.expiry_months) AS same_day) AS later,
           LATERAL (SELECT CASE WHEN p.is_expiry_at_month_end
                THEN date_trunc('month', same_day) + interval '1 month - 1 day'
                ELSE same_day END::date AS last_day) AS ends
$$;

-- What lapsed before somebody came back stays lapsed, even if no job has written it yet.
CREATE OR REPLACE FUNCTION retail_loyalty_carry_on(
    p_accounts integer[], p_programs integer[], p_moments timestamp[]
) RETURNS void LANGUAGE sql AS $$
    UPDATE retail_loyalty_lot AS lot SET expires_at = active.until
      FROM (SELECT asked.account_id, max(asked.at) AS at,
                   max(retail_loyalty_usable_until(program, asked.at)) AS until
              FROM unnest(p_accounts, p_programs, p_moments)
                AS asked(account_id, program_id, at)
              JOIN retail_loyalty_program AS program ON program.id = asked.program_id
             WHERE program.expiry = 'inactivity'
             GROUP BY asked.account_id) AS active
     WHERE lot.account_id = active.account_id AND lot.is_open
       AND lot.expires_at > active.at AND lot.expires_at < active.until
$$;

-- Entries are watched by the one trigger that looks at programs (platform.sql).

CREATE OR REPLACE FUNCTION retail_loyalty_pending_carries_on() RETURNS trigger AS $$
BEGIN
    IF EXISTS (SELECT FROM retail_loyalty_program WHERE expiry = 'inactivity') THEN
        PERFORM retail_loyalty_carry_on(array_agg(account_id), array_agg(program_id),
                                        array_agg(effective_at))
           FROM fresh WHERE kind = 'accrual' AND state = 'pending';
    END IF;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE OR REPLACE TRIGGER retail_loyalty_pending_carry_on
    AFTER INSERT ON retail_loyalty_pending REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION retail_loyalty_pending_carries_on();
