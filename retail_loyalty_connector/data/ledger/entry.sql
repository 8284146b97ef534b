-- One entry: the balance moves, the chain grows, the lots follow. Every way in which a
-- single entry comes about ends here; many credits at once are in post.sql.
--
-- Order of locks everywhere: the hold, then accounts by id, then all else.

-- Fill in what follows from the account and the kind. These columns never change.
CREATE OR REPLACE FUNCTION retail_loyalty_prepare(
    e retail_loyalty_entry, p_now timestamp, p_user integer, p_correlation text
) RETURNS retail_loyalty_entry LANGUAGE plpgsql AS $$
DECLARE
    v_own integer;
    v_company integer;
BEGIN
    SELECT account.program_id, account.company_id, own.id
      INTO e.program_id, v_company, v_own
      FROM retail_loyalty_account AS account
      JOIN retail_loyalty_account AS own
        ON own.wallet_id = account.wallet_id AND own.member_id IS NULL
       AND own.kind = CASE e.kind WHEN 'accrual' THEN 'issue'
                                  WHEN 'transfer' THEN 'clearing' ELSE e.kind END
     WHERE account.id = e.account_id AND account.kind = 'member';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'No member account %', e.account_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    e.company_id := coalesce(e.company_id, v_company);
    e.points := abs(e.amount);
    e.debit_account_id := CASE WHEN e.amount > 0 THEN v_own ELSE e.account_id END;
    e.credit_account_id := CASE WHEN e.amount > 0 THEN e.account_id ELSE v_own END;
    e.recorded_at := p_now;
    e.effective_at := coalesce(e.effective_at, p_now);
    e.user_id := p_user;
    e.correlation_id := p_correlation;
    RETURN e;
END $$;

-- Move the balance and append. Without p_forced nothing happens (the id stays empty) if
-- that would take what is available below the floor. p_release is no longer held.
CREATE OR REPLACE FUNCTION retail_loyalty_append(
    INOUT e retail_loyalty_entry, p_release bigint, p_forced boolean
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE retail_loyalty_account AS a
       SET posted = a.posted + e.amount,
           held = a.held - p_release,
           forced_debt = greatest(0, a.floor - (a.posted + e.amount - a.held + p_release)),
           last_sequence = a.last_sequence + 1,
           previous_hash = a.last_hash,
           last_hash = retail_loyalty_link(a.last_hash, retail_loyalty_entry_text(
               e, a.last_sequence + 1, a.posted + e.amount)),
           version = a.version + 1
     WHERE a.id = e.account_id
       AND (p_forced OR e.amount > 0
            OR a.posted + e.amount - a.held + p_release >= a.floor)
 RETURNING a.posted, a.last_sequence, a.previous_hash, a.last_hash
      INTO e.balance_after, e.sequence, e.previous_hash, e.entry_hash;
    e.id := NULL;
    IF FOUND THEN
        e.id := nextval('retail_loyalty_entry_id_seq');
        INSERT INTO retail_loyalty_entry VALUES (e.*) ON CONFLICT (uuid) DO NOTHING;
        IF NOT FOUND THEN
            -- Under another account, a moment ago: the next try sees it and says so.
            RAISE EXCEPTION 'Entry % was just written', e.uuid
                USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;
END $$;

-- A new lot. What the member owed takes its part at once: lots hold positive points.
CREATE OR REPLACE FUNCTION retail_loyalty_lot_add(
    e retail_loyalty_entry, p_points bigint, p_remaining bigint, p_expires_at timestamp
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_lot integer;
BEGIN
    INSERT INTO retail_loyalty_lot (account_id, entry_id, points, remaining, is_open,
        expires_at)
    VALUES (e.account_id, e.id, p_points, p_remaining, p_remaining > 0, p_expires_at)
    RETURNING id INTO v_lot;
    IF p_remaining < p_points THEN
        INSERT INTO retail_loyalty_lot_use (entry_id, lot_id, points, restored)
        VALUES (e.id, v_lot, p_points - p_remaining, 0);
    END IF;
END $$;

-- Take points from lots: first from the lots of entry p_first, whose last ends go first
-- (what is held stands on the others), then from those that expire first.
CREATE OR REPLACE FUNCTION retail_loyalty_lot_take(
    e retail_loyalty_entry, p_points bigint, p_first integer
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_left bigint := p_points;
    v_part bigint;
    v_lot record;
BEGIN
    IF p_first IS NOT NULL THEN
        FOR v_lot IN SELECT id, remaining FROM retail_loyalty_lot
             WHERE account_id = e.account_id AND is_open AND entry_id = p_first
             ORDER BY expires_at DESC, id DESC
        LOOP
            EXIT WHEN v_left = 0;
            v_part := least(v_left, v_lot.remaining);
            PERFORM retail_loyalty_lot_use(e.id, v_lot.id, v_part);
            v_left := v_left - v_part;
        END LOOP;
    END IF;
    IF v_left = 0 THEN
        RETURN;
    END IF;
    FOR v_lot IN SELECT id, remaining FROM retail_loyalty_lot
         WHERE account_id = e.account_id AND is_open
         ORDER BY expires_at, id
    LOOP
        v_part := least(v_left, v_lot.remaining);
        PERFORM retail_loyalty_lot_use(e.id, v_lot.id, v_part);
        v_left := v_left - v_part;
        EXIT WHEN v_left = 0;
    END LOOP;
    IF v_left > 0 THEN
        RAISE EXCEPTION 'The lots of account % do not cover its balance', e.account_id
            USING ERRCODE = 'data_corrupted';
    END IF;
END $$;

CREATE OR REPLACE FUNCTION retail_loyalty_lot_use(
    p_entry integer, p_lot integer, p_points bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE retail_loyalty_lot
       SET remaining = remaining - p_points, is_open = remaining > p_points
     WHERE id = p_lot;
    INSERT INTO retail_loyalty_lot_use (entry_id, lot_id, points, restored)
    VALUES (p_entry, p_lot, p_points, 0);
END $$;

-- Give points back to the lots that entry p_original took them from, the last one first.
-- What the member owes takes its part first. A lot that expired meanwhile: a new lot
-- until p_grace, or the old one if that is empty (it then expires at once).
CREATE OR REPLACE FUNCTION retail_loyalty_lot_restore(
    e retail_loyalty_entry, p_original integer, p_grace timestamp
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_left bigint := e.amount;
    v_owed bigint := e.amount - greatest(0, least(e.amount, e.balance_after));
    v_part bigint;
    v_give bigint;
    v_use record;
BEGIN
    FOR v_use IN
        SELECT used.id, used.lot_id, used.points - used.restored AS rest, lot.expires_at
          FROM retail_loyalty_lot_use AS used
          JOIN retail_loyalty_lot AS lot ON lot.id = used.lot_id
         WHERE used.entry_id = p_original AND used.points > used.restored
         ORDER BY lot.expires_at DESC, lot.id DESC
    LOOP
        v_part := least(v_left, v_use.rest);
        UPDATE retail_loyalty_lot_use SET restored = restored + v_part
         WHERE id = v_use.id;
        v_left := v_left - v_part;
        v_give := v_part - least(v_part, v_owed);
        v_owed := v_owed - (v_part - v_give);
        IF v_give > 0 AND v_use.expires_at <= e.recorded_at AND p_grace IS NOT NULL THEN
            PERFORM retail_loyalty_lot_add(e, v_give, v_give, p_grace);
        ELSIF v_give > 0 THEN
            PERFORM retail_loyalty_lot_use(e.id, v_use.lot_id, -v_give);
        END IF;
        EXIT WHEN v_left = 0;
    END LOOP;
    IF v_left > 0 THEN
        -- The member had owed these: they were never in a lot.
        PERFORM retail_loyalty_lot_add(e, v_left, v_left - v_owed, e.expires_at);
    END IF;
END $$;

-- Let the due lots of an account expire, as far as holds do not need them: held points
-- stand on the lots that expire first. Returns the points that expired.
CREATE OR REPLACE FUNCTION retail_loyalty_expire(
    p_account integer, p_now timestamp, p_user integer, p_correlation text
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_account retail_loyalty_account;
    v_due bigint;
    v_keep bigint;
    v_part bigint;
    v_lot record;
    e retail_loyalty_entry;
BEGIN
    SELECT * INTO v_account FROM retail_loyalty_account
     WHERE id = p_account FOR NO KEY UPDATE;
    SELECT sum(remaining) INTO v_due FROM retail_loyalty_lot
     WHERE account_id = p_account AND is_open AND expires_at <= p_now;
    v_keep := v_account.held;
    IF v_due IS NULL OR v_due <= v_keep THEN
        RETURN 0;
    END IF;
    e.account_id := p_account;
    e.kind := 'expiry';
    e.amount := v_keep - v_due;
    -- Its place in the chain names it: the same expiry cannot be written twice.
    e.uuid := md5('retail.loyalty.expiry:' || p_account || ':'
        || v_account.last_sequence + 1)::uuid::text;
    e.content_hash := retail_loyalty_content_hash(jsonb_build_object(
        'uuid', e.uuid, 'account_id', p_account, 'kind', e.kind, 'amount', e.amount));
    e := retail_loyalty_append(
        retail_loyalty_prepare(e, p_now, p_user, p_correlation), 0, true);
    FOR v_lot IN SELECT id, remaining FROM retail_loyalty_lot
         WHERE account_id = p_account AND is_open AND expires_at <= p_now
         ORDER BY expires_at, id
    LOOP
        v_part := greatest(0, v_lot.remaining - v_keep);
        v_keep := v_keep - (v_lot.remaining - v_part);
        IF v_part > 0 THEN
            PERFORM retail_loyalty_lot_use(e.id, v_lot.id, v_part);
        END IF;
    END LOOP;
    RETURN v_due - v_account.held;
END $$;

-- The same for accounts that have something due; those in use are left for later.
CREATE OR REPLACE FUNCTION retail_loyalty_expire_lots(
    p_limit integer, p_now timestamp, p_user integer, p_correlation text
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_account integer;
    v_done bigint := 0;
BEGIN
    FOR v_account IN
        SELECT account.id
          FROM (SELECT account_id, sum(remaining) AS due FROM retail_loyalty_lot
                 WHERE is_open AND expires_at <= p_now GROUP BY account_id) AS lots
          JOIN retail_loyalty_account AS account ON account.id = lots.account_id
         WHERE lots.due > account.held
         ORDER BY account.id LIMIT p_limit
    LOOP
        PERFORM FROM retail_loyalty_account WHERE id = v_account
            FOR NO KEY UPDATE SKIP LOCKED;
        IF FOUND AND retail_loyalty_expire(v_account, p_now, p_user, p_correlation) > 0
        THEN
            v_done := v_done + 1;
        END IF;
    END LOOP;
    RETURN v_done;
END $$;
