-- Captures: what is held is spent, in full or in part, and the rest is free again.

-- Few and plain statements (why: hold.sql); mostly the lot that ends first covers it.
CREATE OR REPLACE FUNCTION retail_loyalty_capture(
    p_uuid text, p_document jsonb, p_now timestamp, p_user integer, p_correlation text,
    OUT state text, OUT done boolean, OUT repeated boolean, OUT conflict boolean,
    OUT hold_id integer, OUT entry_id integer, OUT points bigint, OUT captured bigint,
    OUT expires_at timestamp, OUT available bigint
) LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_bitmapscan = off
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    h retail_loyalty_hold;
    a retail_loyalty_account;
    v_uuid text;
    v_hash text;
    v_sale integer;
    v_effective_at timestamp;
    v_own integer;
    v_lot integer;
BEGIN
    UPDATE retail_loyalty_hold AS r
       SET state = 'captured', resolved_at = p_now,
           captured = coalesce((p_document ->> 'points')::bigint, r.points)
     WHERE r.uuid = p_uuid AND r.state = 'open' AND r.expires_at > p_now
       AND coalesce((p_document ->> 'points')::bigint, 0) <= r.points
 RETURNING r.id, r.account_id, r.points, r.captured, r.expires_at,
           coalesce(p_document ->> 'channel', r.channel),
           coalesce((p_document ->> 'store_id')::integer, r.store_id),
           coalesce(p_document ->> 'ref', r.ref),
           p_document ->> 'uuid',
           encode(sha256(convert_to(p_document::text, 'UTF8')), 'hex'),
           (p_document ->> 'transaction_id')::integer,
           coalesce((p_document ->> 'effective_at')::timestamp, p_now)
      INTO h.id, h.account_id, h.points, h.captured, h.expires_at, h.channel, h.store_id,
           h.ref, v_uuid, v_hash, v_sale, v_effective_at;
    SELECT own.id INTO v_own FROM retail_loyalty_account AS own
     WHERE own.kind = 'redemption' AND own.member_id IS NULL AND own.wallet_id = (
         SELECT r.wallet_id FROM retail_loyalty_account AS r WHERE r.id = h.account_id);
    -- Not refused: what is held was promised, and taking it leaves no less available.
    UPDATE retail_loyalty_account AS r
       SET posted = r.posted - h.captured,
           held = r.held - h.points,
           forced_debt = greatest(0,
               r.floor - (r.posted - h.captured - r.held + h.points)),
           last_sequence = r.last_sequence + 1,
           previous_hash = r.last_hash,
           -- The text of chain.sql; the verifier in Python judges of both.
           last_hash = encode(sha256(convert_to(r.last_hash || E'\n'
               || json_build_array(r.id, r.last_sequence + 1, v_uuid, v_hash,
                   'redemption', r.id, v_own, h.captured, -h.captured,
                   r.posted - h.captured, r.program_id, r.company_id, h.id, NULL,
                   v_sale, h.channel, h.store_id, h.ref, v_effective_at, p_now, NULL,
                   p_user, NULL, NULL, p_correlation, NULL)::text, 'UTF8')), 'hex'),
           version = r.version + 1
     WHERE r.id = h.account_id
 RETURNING 'captured', true, false, false, h.id, h.points, h.captured, h.expires_at,
           r.posted - r.held, r.posted, r.last_sequence, r.previous_hash, r.last_hash,
           r.program_id, r.company_id
      INTO state, done, repeated, conflict, hold_id, points, captured, expires_at,
           available, a.posted, a.last_sequence, a.previous_hash, a.last_hash,
           a.program_id, a.company_id;
    IF hold_id IS NULL THEN
        SELECT * INTO state, done, repeated, conflict, hold_id, entry_id, points,
                      captured, expires_at, available
          FROM retail_loyalty_capture_otherwise(p_uuid, p_document, p_now);
        RETURN;
    END IF;
    INSERT INTO retail_loyalty_entry (uuid, content_hash, program_id, company_id,
        account_id, sequence, kind, debit_account_id, credit_account_id, points, amount,
        balance_after, hold_id, transaction_id, channel, store_id, ref, effective_at,
        recorded_at, user_id, correlation_id, previous_hash, entry_hash)
    VALUES (v_uuid, v_hash, a.program_id, a.company_id, h.account_id, a.last_sequence,
        'redemption', h.account_id, v_own, h.captured, -h.captured, a.posted, h.id,
        v_sale, h.channel, h.store_id, h.ref, v_effective_at, p_now, p_user,
        p_correlation, a.previous_hash, a.last_hash)
    ON CONFLICT (uuid) DO NOTHING RETURNING id INTO entry_id;
    IF entry_id IS NULL THEN
        -- Under another account, a moment ago: the next try sees it and says so.
        RAISE EXCEPTION 'Entry % was just written', v_uuid
            USING ERRCODE = 'serialization_failure';
    END IF;
    UPDATE retail_loyalty_lot AS r
       SET remaining = r.remaining - h.captured, is_open = r.remaining > h.captured
     WHERE a.posted >= 0 AND r.remaining >= h.captured AND r.id = (
         SELECT next.id FROM retail_loyalty_lot AS next
          WHERE next.account_id = h.account_id AND next.is_open
          ORDER BY next.expires_at, next.id LIMIT 1)
 RETURNING r.id INTO v_lot;
    IF v_lot IS NOT NULL THEN
        INSERT INTO retail_loyalty_lot_use (entry_id, lot_id, points, restored)
        VALUES (entry_id, v_lot, h.captured, 0);
    ELSIF a.posted + h.captured > 0 THEN
        PERFORM retail_loyalty_lot_take(e, least(h.captured, a.posted + h.captured), NULL)
          FROM retail_loyalty_entry AS e WHERE e.id = entry_id;
    END IF;
END $$;

-- A capture that cannot be done, or was before.
CREATE OR REPLACE FUNCTION retail_loyalty_capture_otherwise(
    p_uuid text, p_document jsonb, p_now timestamp,
    OUT state text, OUT done boolean, OUT repeated boolean, OUT conflict boolean,
    OUT hold_id integer, OUT entry_id integer, OUT points bigint, OUT captured bigint,
    OUT expires_at timestamp, OUT available bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    h retail_loyalty_hold;
BEGIN
    repeated := false;
    SELECT * INTO h FROM retail_loyalty_hold AS r WHERE r.uuid = p_uuid;
    IF NOT FOUND THEN
        state := 'unknown';
        done := false;
        conflict := false;
        RETURN;
    END IF;
    IF h.state = 'open' AND h.expires_at <= p_now THEN
        UPDATE retail_loyalty_hold AS r SET state = 'expired', resolved_at = p_now
         WHERE r.id = h.id AND r.state = 'open' RETURNING r.* INTO h;
        PERFORM retail_loyalty_release(h.account_id, h.points);
    END IF;
    repeated := h.state = 'captured'
        AND h.captured = coalesce((p_document ->> 'points')::bigint, h.points);
    done := repeated;
    SELECT r.id INTO entry_id FROM retail_loyalty_entry AS r
     WHERE r.hold_id = h.id AND r.reverses_id IS NULL;
    conflict := NOT done AND h.state IN ('captured', 'voided', 'open');
    SELECT h.state, h.id, h.points, h.captured, h.expires_at, a.posted - a.held
      INTO state, hold_id, points, captured, expires_at, available
      FROM retail_loyalty_account AS a WHERE a.id = h.account_id;
END $$;
