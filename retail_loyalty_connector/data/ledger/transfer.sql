-- From member to member, over the wallet's clearing account: two entries, and lots that
-- keep their ends.
--
-- Merging (merge.sql) asks for more: points past their end go along (keeps_due), those
-- of one entry go first (first_entry_id), return to the lots that an entry took them
-- from (restores_entry_id), or, with both, each to the very lot it was transferred from.

-- What e took from lots of the credit p_credit goes back, as c, to the lots that the
-- debit of that same transfer had taken it from: its lots were made one by one in the
-- order of these uses.
CREATE OR REPLACE FUNCTION retail_loyalty_lot_return(
    e retail_loyalty_entry, c retail_loyalty_entry, p_credit integer, p_debit integer
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_left bigint := c.amount;
    v_owed bigint := c.amount - greatest(0, least(c.amount, c.balance_after));
    v_give bigint;
    v_use record;
BEGIN
    FOR v_use IN
        SELECT origin.id, origin.lot_id, taken.points
          FROM retail_loyalty_lot_use AS taken
          JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n
                  FROM retail_loyalty_lot WHERE entry_id = p_credit) AS came
            ON came.id = taken.lot_id
          JOIN (SELECT used.id, used.lot_id,
                       row_number() OVER (ORDER BY lot.expires_at, lot.id) AS n
                  FROM retail_loyalty_lot_use AS used
                  JOIN retail_loyalty_lot AS lot ON lot.id = used.lot_id
                 WHERE used.entry_id = p_debit) AS origin ON origin.n = came.n
         WHERE taken.entry_id = e.id ORDER BY came.n
    LOOP
        UPDATE retail_loyalty_lot_use SET restored = restored + v_use.points
         WHERE id = v_use.id;
        v_left := v_left - v_use.points;
        v_give := v_use.points - least(v_use.points, v_owed);
        v_owed := v_owed - (v_use.points - v_give);
        IF v_give > 0 THEN
            PERFORM retail_loyalty_lot_use(c.id, v_use.lot_id, -v_give);
        END IF;
    END LOOP;
    IF v_left > 0 THEN
        PERFORM retail_loyalty_lot_add(c, v_left, v_left - v_owed, NULL);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION retail_loyalty_transfer(
    p_documents jsonb, p_now timestamp, p_user integer, p_correlation text
) RETURNS TABLE (
    number bigint, state text, repeated boolean, entry_id integer, amount bigint,
    balance bigint, available bigint, code text
) LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_bitmapscan = off
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    v_document jsonb := p_documents -> 0;
    v_hash text := retail_loyalty_content_hash(v_document);
    v_to integer := (v_document ->> 'to_account_id')::integer;
    v_forced boolean := coalesce((v_document ->> 'forced')::boolean, false);
    v_left bigint;
    v_owed bigint;
    v_use record;
    e retail_loyalty_entry;
    c retail_loyalty_entry;
BEGIN
    number := 1;
    SELECT k.state, true, k.entry_id, k.amount, k.balance, k.available, k.code
      INTO state, repeated, entry_id, amount, balance, available, code
      FROM retail_loyalty_known(v_document ->> 'uuid', v_hash) AS k
     ORDER BY k.state = 'conflict' LIMIT 1;
    IF FOUND THEN
        RETURN NEXT;
        RETURN;
    END IF;
    repeated := false;
    e := jsonb_populate_record(NULL::retail_loyalty_entry, v_document);
    e.content_hash := v_hash;
    IF (SELECT count(DISTINCT a.id) <> 2 OR count(DISTINCT a.wallet_id) <> 1
          FROM retail_loyalty_account AS a
         WHERE a.id IN (e.account_id, v_to) AND a.kind = 'member') THEN
        RAISE EXCEPTION 'Points go between two members of one wallet'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    PERFORM FROM retail_loyalty_account AS a
      WHERE a.id IN (e.account_id, v_to) ORDER BY a.id FOR NO KEY UPDATE;
    IF NOT v_document ? 'keeps_due' THEN
        PERFORM retail_loyalty_expire(e.account_id, p_now, p_user, p_correlation);
    END IF;
    e := retail_loyalty_append(
        retail_loyalty_prepare(e, p_now, p_user, p_correlation), 0, v_forced);
    IF e.id IS NULL THEN
        SELECT a.posted - a.held INTO available
          FROM retail_loyalty_account AS a WHERE a.id = e.account_id;
        PERFORM retail_loyalty_refuse_posting(e, 'insufficient', available);
        SELECT 'refused', 'insufficient', 0 INTO state, code, amount;
        RETURN NEXT;
        RETURN;
    END IF;
    IF e.balance_after - e.amount > 0 THEN
        PERFORM retail_loyalty_lot_take(
            e, least(-e.amount, e.balance_after - e.amount),
            (v_document ->> 'first_entry_id')::integer);
    END IF;
    c := jsonb_populate_record(NULL::retail_loyalty_entry, v_document);
    c.uuid := md5('retail.loyalty.transferred:' || e.uuid)::uuid::text;
    c.content_hash := v_hash;
    c.account_id := v_to;
    c.amount := -e.amount;
    c := retail_loyalty_append(
        retail_loyalty_prepare(c, p_now, p_user, p_correlation), 0, true);
    SELECT 'posted', e.id, e.amount, e.balance_after
      INTO state, entry_id, amount, balance;
    IF v_document ?& ARRAY['first_entry_id', 'restores_entry_id'] THEN
        PERFORM retail_loyalty_lot_return(e, c,
            (v_document ->> 'first_entry_id')::integer,
            (v_document ->> 'restores_entry_id')::integer);
        RETURN NEXT;
        RETURN;
    ELSIF v_document ? 'restores_entry_id' THEN
        PERFORM retail_loyalty_lot_restore(
            c, (v_document ->> 'restores_entry_id')::integer, NULL);
        RETURN NEXT;
        RETURN;
    END IF;
    v_left := c.amount;
    v_owed := c.amount - greatest(0, least(c.amount, c.balance_after));
    FOR v_use IN
        SELECT used.points, lot.expires_at
          FROM retail_loyalty_lot_use AS used
          JOIN retail_loyalty_lot AS lot ON lot.id = used.lot_id
         WHERE used.entry_id = e.id ORDER BY lot.expires_at, lot.id
    LOOP
        PERFORM retail_loyalty_lot_add(c, v_use.points,
            v_use.points - least(v_use.points, v_owed), v_use.expires_at);
        v_owed := v_owed - least(v_use.points, v_owed);
        v_left := v_left - v_use.points;
    END LOOP;
    IF v_left > 0 THEN
        -- The giver owes these: they were never in a lot.
        PERFORM retail_loyalty_lot_add(c, v_left, v_left - v_owed, NULL);
    END IF;
    RETURN NEXT;
END $$;
