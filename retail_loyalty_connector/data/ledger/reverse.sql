-- Reversals: linked to their original and capped at it.

-- Cancel a part of what is still pending. The row's conditional UPDATE is the cap.
CREATE OR REPLACE FUNCTION retail_loyalty_cancel_pending(
    p_original retail_loyalty_pending, p_document jsonb, p_hash text, p_now timestamp,
    p_user integer, p_correlation text,
    OUT state text, OUT repeated boolean, OUT entry_id integer, OUT amount bigint,
    OUT balance bigint, OUT available bigint, OUT code text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    p retail_loyalty_pending;
    e retail_loyalty_entry;
    v_points bigint := coalesce((p_document ->> 'points')::bigint,
        p_original.amount - p_original.cancelled);
BEGIN
    repeated := false;
    PERFORM FROM retail_loyalty_account AS a
      WHERE a.id = p_original.account_id FOR NO KEY UPDATE;
    UPDATE retail_loyalty_pending AS r
       SET cancelled = r.cancelled + v_points,
           state = CASE WHEN r.cancelled + v_points = r.amount THEN 'cancelled'
                        ELSE r.state END,
           resolved_at = CASE WHEN r.cancelled + v_points = r.amount THEN p_now END
     WHERE r.id = p_original.id AND r.state = 'pending'
       AND r.cancelled + v_points <= r.amount AND v_points > 0
 RETURNING r.* INTO p;
    IF NOT FOUND THEN
        e := jsonb_populate_record(NULL::retail_loyalty_entry, p_document);
        e.content_hash := p_hash;
        e.account_id := p_original.account_id;
        e.kind := p_original.kind;
        e.amount := -greatest(v_points, 1);
        e := retail_loyalty_prepare(e, p_now, p_user, p_correlation);
        available := p_original.amount - p_original.cancelled;
        PERFORM retail_loyalty_refuse_posting(e, 'exceeds', available);
        SELECT 'refused', 'exceeds', 0 INTO state, code, amount;
        RETURN;
    END IF;
    UPDATE retail_loyalty_account AS a
       SET pending = a.pending - v_points, version = a.version + 1
     WHERE a.id = p.account_id;
    INSERT INTO retail_loyalty_pending (uuid, content_hash, program_id, company_id,
        account_id, state, kind, amount, cancelled, cancels_id, resolved_at,
        effective_at, recorded_at, transaction_id, channel, store_id, ref, reason,
        user_id, correlation_id)
    SELECT r.uuid, p_hash, p.program_id, p.company_id, p.account_id, 'cancellation',
           p.kind, v_points, 0, p.id, p_now, coalesce(r.effective_at, p_now), p_now,
           r.transaction_id, r.channel, r.store_id, r.ref, r.reason, p_user,
           p_correlation
      FROM jsonb_populate_record(NULL::retail_loyalty_pending, p_document) AS r
        ON CONFLICT (uuid) DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Cancellation was just written'
            USING ERRCODE = 'serialization_failure';
    END IF;
    state := 'cancelled';
    amount := -v_points;
END $$;

-- Take back an entry, in part or what is left of it.
CREATE OR REPLACE FUNCTION retail_loyalty_reverse_entry(
    o retail_loyalty_entry, p_document jsonb, p_hash text, p_now timestamp,
    p_user integer, p_correlation text,
    OUT state text, OUT repeated boolean, OUT entry_id integer, OUT amount bigint,
    OUT balance bigint, OUT available bigint, OUT code text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    a retail_loyalty_account;
    e retail_loyalty_entry;
    v_program retail_loyalty_program;
    v_left bigint;
    v_points bigint;
    v_policy text := p_document ->> 'on_shortfall';
    -- Where the member's points are, if the account was merged.
    v_root integer := nullif(retail_loyalty_root(o.account_id), o.account_id);
    v_follow text := md5('retail.loyalty.follow:' || (p_document ->> 'uuid'))::uuid;
BEGIN
    repeated := false;
    PERFORM FROM retail_loyalty_account AS r
      WHERE r.id IN (o.account_id, v_root) ORDER BY r.id FOR NO KEY UPDATE;
    SELECT * INTO a FROM retail_loyalty_account AS r
     WHERE r.id = o.account_id;
    SELECT o.points - coalesce((SELECT r.reversed FROM retail_loyalty_reversal AS r
                                 WHERE r.entry_id = o.id), 0) INTO v_left;
    v_points := coalesce((p_document ->> 'points')::bigint, v_left);
    e := jsonb_populate_record(NULL::retail_loyalty_entry, p_document - 'points');
    e.content_hash := p_hash;
    e.account_id := o.account_id;
    e.kind := o.kind;
    e.company_id := o.company_id;
    e.reverses_id := o.id;
    e.amount := CASE WHEN o.amount > 0 THEN -v_points ELSE v_points END;
    SELECT a.posted - a.held + coalesce(sum(r.posted - r.held), 0) INTO available
      FROM retail_loyalty_account AS r WHERE r.id = v_root;
    IF o.reverses_id IS NOT NULL OR o.kind = 'transfer' THEN
        code := 'irreversible';
    ELSIF v_points > v_left OR v_points = 0 THEN
        code := 'exceeds';
        available := v_left;
    ELSIF o.amount > 0 AND v_policy = 'available' AND v_points > available THEN
        e.amount := -greatest(0, available);
        code := CASE WHEN available <= 0 THEN 'insufficient' END;
    ELSIF o.amount > 0 AND v_policy <> 'debt' AND available - v_points < a.floor THEN
        code := 'insufficient';
    END IF;
    IF code IS NOT NULL THEN
        e.amount := CASE WHEN e.amount = 0 THEN -v_points ELSE e.amount END;
        e := retail_loyalty_prepare(e, p_now, p_user, p_correlation);
        PERFORM retail_loyalty_refuse_posting(e, code, available);
        state := 'refused';
        amount := 0;
        RETURN;
    END IF;
    IF v_root IS NOT NULL AND o.amount > 0 THEN
        PERFORM retail_loyalty_follow(v_root, o.account_id, -e.amount, v_follow, '{}',
            p_now, p_user, p_correlation);
    END IF;
    -- The account's lock is held; the CHECK of this row is the cap all the same.
    INSERT INTO retail_loyalty_reversal AS r (entry_id, points, reversed)
    VALUES (o.id, o.points, abs(e.amount))
        ON CONFLICT (entry_id) DO UPDATE SET reversed = r.reversed + excluded.reversed;
    e := retail_loyalty_append(
        retail_loyalty_prepare(e, p_now, p_user, p_correlation), 0, true);
    SELECT * INTO v_program FROM retail_loyalty_program AS r WHERE r.id = o.program_id;
    IF e.amount > 0 THEN
        PERFORM retail_loyalty_lot_restore(e, o.id,
            CASE v_program.restoration_policy WHEN 'grace' THEN
                p_now + make_interval(days => v_program.restoration_grace_days) END);
        PERFORM retail_loyalty_expire(e.account_id, p_now, p_user, p_correlation);
    ELSIF e.balance_after - e.amount > 0 THEN
        PERFORM retail_loyalty_lot_take(
            e, least(-e.amount, e.balance_after - e.amount), o.id);
    END IF;
    IF v_root IS NOT NULL AND o.amount < 0 THEN
        SELECT r.posted INTO v_left FROM retail_loyalty_account AS r
         WHERE r.id = o.account_id;
        PERFORM retail_loyalty_follow(o.account_id, v_root, v_left, v_follow, '{}',
            p_now, p_user, p_correlation);
    END IF;
    SELECT 'posted', e.id, e.amount, e.balance_after, r.posted - r.held
      INTO state, entry_id, amount, balance, available
      FROM retail_loyalty_account AS r WHERE r.id = coalesce(v_root, e.account_id);
END $$;

-- Reverse what was posted under an id: an entry, or points that are still pending.
CREATE OR REPLACE FUNCTION retail_loyalty_reverse_one(
    p_document jsonb, p_now timestamp, p_user integer, p_correlation text,
    OUT state text, OUT repeated boolean, OUT entry_id integer, OUT amount bigint,
    OUT balance bigint, OUT available bigint, OUT code text
) LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_bitmapscan = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    v_hash text := retail_loyalty_content_hash(p_document);
    o retail_loyalty_entry;
    p retail_loyalty_pending;
BEGIN
    SELECT k.state, true, k.entry_id, k.amount, k.balance, k.available, k.code
      INTO state, repeated, entry_id, amount, balance, available, code
      FROM retail_loyalty_known(p_document ->> 'uuid', v_hash) AS k
     ORDER BY k.state = 'conflict' LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO p FROM retail_loyalty_pending AS r
     WHERE r.uuid = p_document ->> 'original_uuid' AND r.state <> 'cancellation';
    IF FOUND AND p.state <> 'posted' THEN
        SELECT * INTO state, repeated, entry_id, amount, balance, available, code
          FROM retail_loyalty_cancel_pending(
              p, p_document, v_hash, p_now, p_user, p_correlation);
        RETURN;
    END IF;
    IF FOUND THEN
        SELECT * INTO o FROM retail_loyalty_entry AS r WHERE r.id = p.entry_id;
    ELSE
        SELECT * INTO o FROM retail_loyalty_entry AS r
         WHERE r.uuid = p_document ->> 'original_uuid';
    END IF;
    IF NOT FOUND THEN
        SELECT 'unknown', false, 0 INTO state, repeated, amount;
        RETURN;
    END IF;
    SELECT * INTO state, repeated, entry_id, amount, balance, available, code
      FROM retail_loyalty_reverse_entry(
          o, p_document, v_hash, p_now, p_user, p_correlation);
END $$;

CREATE OR REPLACE FUNCTION retail_loyalty_reverse_steps(
    p_documents jsonb, p_now timestamp, p_user integer, p_correlation text
) RETURNS TABLE (
    number bigint, state text, repeated boolean, entry_id integer, amount bigint,
    balance bigint, available bigint, code text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_document jsonb;
    v_number bigint := 0;
BEGIN
    -- More than one: their accounts in the order of ids, as everywhere.
    IF jsonb_array_length(p_documents) > 1 THEN
        PERFORM FROM retail_loyalty_account AS a
          WHERE a.id IN (
              SELECT unnest(ARRAY[e.account_id, retail_loyalty_root(e.account_id)])
                FROM jsonb_array_elements(p_documents) AS one
                JOIN retail_loyalty_entry AS e ON e.uuid = one.value ->> 'original_uuid'
               UNION ALL
              SELECT p.account_id FROM jsonb_array_elements(p_documents) AS one
                JOIN retail_loyalty_pending AS p ON p.uuid = one.value ->> 'original_uuid'
          ) ORDER BY a.id FOR NO KEY UPDATE;
    END IF;
    FOR v_document IN SELECT one.value FROM jsonb_array_elements(p_documents) AS one LOOP
        v_number := v_number + 1;
        RETURN QUERY SELECT v_number, answer.*
          FROM retail_loyalty_reverse_one(
              v_document, p_now, p_user, p_correlation) AS answer;
    END LOOP;
END $$;
