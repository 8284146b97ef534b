-- What the database itself refuses: changing or removing entries, deleting what belongs
-- to them, and appending an entry that is not the newest of its account.
--
-- A migration that has to touch entries disables the triggers by name in a transaction
-- of its own and says so in the audit trail (docs/loyalty.md).

CREATE OR REPLACE FUNCTION retail_loyalty_refuse() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'The loyalty ledger is append-only (% on %).', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$ LANGUAGE plpgsql;

CREATE OR REPLACE TRIGGER retail_loyalty_entry_keep_row
    BEFORE UPDATE OR DELETE ON retail_loyalty_entry
    FOR EACH ROW EXECUTE FUNCTION retail_loyalty_refuse();
CREATE OR REPLACE TRIGGER retail_loyalty_entry_keep_table
    BEFORE TRUNCATE ON retail_loyalty_entry
    FOR EACH STATEMENT EXECUTE FUNCTION retail_loyalty_refuse();

-- Of a whole statement at once: a batch of thousands is checked by one join. A single
-- entry, which a till waits for, is asked in fewer words (why: hold.sql).
CREATE OR REPLACE FUNCTION retail_loyalty_entry_append() RETURNS trigger AS $$
BEGIN
    IF (SELECT count(*) FROM fresh) = 1 THEN
        IF EXISTS (
            SELECT FROM fresh JOIN retail_loyalty_account AS account
                ON account.id = fresh.account_id AND account.kind = 'member'
               AND account.last_sequence = fresh.sequence
               AND account.last_hash = fresh.entry_hash
        ) THEN
            RETURN NULL;
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM (
            SELECT account_id, min(sequence) AS first, max(sequence) AS last, count(*),
                   array_agg(entry_hash ORDER BY sequence DESC) AS hashes
              FROM fresh GROUP BY account_id
        ) AS chain
          LEFT JOIN retail_loyalty_account AS account ON account.id = chain.account_id
         WHERE account.id IS NULL OR account.kind <> 'member'
            OR account.last_sequence <> chain.last
            OR account.last_hash <> chain.hashes[1]
            OR chain.last - chain.first + 1 <> chain.count
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'An entry may only follow the newest of its account.'
        USING ERRCODE = 'insufficient_privilege';
END $$ LANGUAGE plpgsql;
CREATE OR REPLACE TRIGGER retail_loyalty_entry_append
    AFTER INSERT ON retail_loyalty_entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION retail_loyalty_entry_append();

-- Their foreign keys are loose for speed; this is what takes the keys' place.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['account', 'anchor', 'anchor_head', 'hold', 'lot',
                                'lot_use', 'pending', 'refusal', 'reversal']
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER retail_loyalty_%1$s_keep_table'
            ' BEFORE TRUNCATE ON retail_loyalty_%1$s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION retail_loyalty_refuse()', name);
        IF name <> 'account' THEN
            EXECUTE format('CREATE OR REPLACE TRIGGER retail_loyalty_%1$s_keep_row'
                ' BEFORE ' || CASE WHEN name LIKE 'anchor%%' THEN 'UPDATE OR ' ELSE '' END
            || 'DELETE ON retail_loyalty_%1$s'
                ' FOR EACH ROW EXECUTE FUNCTION retail_loyalty_refuse()', name);
        END IF;
    END LOOP;
END $$;

-- An account that nothing happened on may go with the program that was set up wrongly.
CREATE OR REPLACE FUNCTION retail_loyalty_account_keep() RETURNS trigger AS $$
BEGIN
    IF OLD.version = 0 AND (OLD.kind = 'member' OR NOT EXISTS (
        SELECT FROM retail_loyalty_account AS member
         WHERE member.wallet_id = OLD.wallet_id AND member.version > 0)) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The loyalty ledger is append-only (% on %).', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$ LANGUAGE plpgsql;
CREATE OR REPLACE TRIGGER retail_loyalty_account_keep_row
    BEFORE DELETE ON retail_loyalty_account
    FOR EACH ROW EXECUTE FUNCTION retail_loyalty_account_keep();
