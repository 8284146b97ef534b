-- Each movement of a program that a platform runs becomes an order to it, in the
-- statement that posts it: whatever path it took, and nothing is told that is not posted.
--
-- Not told: what the platform told us (movement_id, which only its own movements have,
-- whatever channel a caller names), and what it does by itself (expiry).
--
-- From member to member is told as taking and giving; giving waits until taking is done
-- (gives_uuid; the other entry's id is made in transfer.sql).

CREATE OR REPLACE FUNCTION retail_loyalty_tell_platform() RETURNS trigger AS $$
DECLARE
    v_told boolean;
    v_lapse boolean;
BEGIN
    -- Asked alone, since most entries have nobody to be told (why: hold.sql), and with
    -- the other thing that only some programs want.
    SELECT bool_or(backend_id IS NOT NULL), bool_or(expiry = 'inactivity')
      INTO v_told, v_lapse FROM retail_loyalty_program;
    IF v_lapse THEN
        PERFORM retail_loyalty_carry_on(array_agg(account_id), array_agg(program_id),
                                        array_agg(effective_at))
           FROM fresh WHERE kind IN ('accrual', 'redemption') AND reverses_id IS NULL;
    END IF;
    IF v_told IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    INSERT INTO retail_loyalty_platform_order (uuid, backend_id, program_id, company_id,
        member_id, entry_id, kind, points, original_uuid, original_kind, is_whole,
        gives_uuid, ref, reason, state, attempt_count, next_at, created_at,
        correlation_id)
    SELECT entry.uuid, program.backend_id, program.id, entry.company_id,
           account.member_id, entry.id,
           CASE WHEN original.id IS NOT NULL THEN 'reverse'
                WHEN entry.amount > 0 THEN 'accrue' ELSE 'capture' END,
           entry.points, original.uuid,
           CASE WHEN original.amount > 0 THEN 'accrual'
                WHEN original.amount < 0 THEN 'redemption' END,
           coalesce(entry.points = original.points, false),
           CASE WHEN entry.kind = 'transfer' AND entry.amount < 0 THEN
                md5('retail.loyalty.transferred:' || entry.uuid)::uuid::text END,
           entry.ref, entry.reason, 'waiting', 0, entry.recorded_at, entry.recorded_at, entry.correlation_id
      FROM fresh AS entry
      JOIN retail_loyalty_program AS program
        ON program.id = entry.program_id AND program.backend_id IS NOT NULL
      JOIN retail_loyalty_account AS account ON account.id = entry.account_id
      LEFT JOIN retail_loyalty_entry AS original ON original.id = entry.reverses_id
     WHERE entry.kind IN ('accrual', 'redemption', 'adjustment', 'transfer')
       AND entry.movement_id IS NULL
     ORDER BY entry.id
        ON CONFLICT (uuid) DO NOTHING;
    RETURN NULL;
END $$ LANGUAGE plpgsql;
CREATE OR REPLACE TRIGGER retail_loyalty_entry_tell
    AFTER INSERT ON retail_loyalty_entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION retail_loyalty_tell_platform();
