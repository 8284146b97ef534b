-- Pending points: noted, then posted when they mature.

-- Note points that are not spendable yet. A new row, so the account's lock comes first.
CREATE OR REPLACE FUNCTION retail_loyalty_pend(
    e retail_loyalty_entry, p_matures_at timestamp
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE retail_loyalty_account
       SET pending = pending + e.amount, version = version + 1
     WHERE id = e.account_id;
    INSERT INTO retail_loyalty_pending (uuid, content_hash, program_id, company_id,
        account_id, state, kind, amount, cancelled, matures_at, effective_at,
        recorded_at, expires_at, transaction_id, channel, store_id, ref, reason,
        user_id, correlation_id)
    VALUES (e.uuid, e.content_hash, e.program_id, e.company_id,
        e.account_id, 'pending', e.kind, e.amount, 0, p_matures_at, e.effective_at,
        e.recorded_at, e.expires_at, e.transaction_id, e.channel, e.store_id, e.ref,
        e.reason, e.user_id, e.correlation_id)
    ON CONFLICT (uuid) DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Pending % was just written', e.uuid
            USING ERRCODE = 'serialization_failure';
    END IF;
END $$;

-- Post what has matured. Accounts that somebody works on at this moment are left for
-- the next time.
CREATE OR REPLACE FUNCTION retail_loyalty_mature(
    p_now timestamp, p_limit integer, p_user integer, p_correlation text
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_due record;
    p retail_loyalty_pending;
    e retail_loyalty_entry;
    v_posted bigint := 0;
BEGIN
    FOR v_due IN
        SELECT * FROM (
            SELECT id, account_id FROM retail_loyalty_pending
             WHERE state = 'pending' AND matures_at <= p_now
             ORDER BY matures_at LIMIT p_limit) AS due
         ORDER BY account_id, id
    LOOP
        PERFORM FROM retail_loyalty_account WHERE id = v_due.account_id
            FOR NO KEY UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        UPDATE retail_loyalty_pending SET state = 'posted', resolved_at = p_now
         WHERE id = v_due.id AND state = 'pending' RETURNING * INTO p;
        CONTINUE WHEN NOT FOUND;
        UPDATE retail_loyalty_account
           SET pending = pending - (p.amount - p.cancelled)
         WHERE id = p.account_id;
        e := NULL;
        e.uuid := md5('retail.loyalty.matured:' || p.uuid)::uuid::text;
        e.content_hash := p.content_hash;
        e.account_id := p.account_id;
        e.kind := p.kind;
        e.amount := p.amount - p.cancelled;
        e.company_id := p.company_id;
        e.transaction_id := p.transaction_id;
        e.channel := p.channel;
        e.store_id := p.store_id;
        e.ref := p.ref;
        e.reason := p.reason;
        e.effective_at := p.effective_at;
        e.expires_at := p.expires_at;
        e := retail_loyalty_append(
            retail_loyalty_prepare(e, p_now, p_user, coalesce(p_correlation,
                p.correlation_id)), 0, true);
        PERFORM retail_loyalty_lot_add(
            e, e.amount, greatest(0, least(e.amount, e.balance_after)), e.expires_at);
        UPDATE retail_loyalty_pending SET entry_id = e.id WHERE id = p.id;
        v_posted := v_posted + 1;
    END LOOP;
    RETURN v_posted;
END $$;
