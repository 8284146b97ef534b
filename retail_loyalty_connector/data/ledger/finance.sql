-- What a period's batch covers: each entry once, split over the lots that it made, used
-- or took back. Read by retail.loyalty.finance.batch; nothing here writes the ledger.

-- The lot whose points these are: lots of transfers, and of points that came back after
-- their lot had expired, go on with the cohort of the one they stem from. NULL: none.
CREATE OR REPLACE FUNCTION retail_loyalty_finance_origin(p_lot integer)
RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_lot integer := p_lot;
    v_next integer;
    e retail_loyalty_entry;
BEGIN
    LOOP
        SELECT entry.* INTO e FROM retail_loyalty_lot AS lot
          JOIN retail_loyalty_entry AS entry ON entry.id = lot.entry_id
         WHERE lot.id = v_lot;
        IF e.kind = 'transfer' THEN
            -- As the ledger made them: one per use of the giver's lots, in their order.
            SELECT used.lot_id INTO v_next
              FROM (SELECT id, row_number() OVER (ORDER BY id) AS n
                      FROM retail_loyalty_lot WHERE entry_id = e.id) AS got
              JOIN (SELECT u.lot_id, row_number()
                           OVER (ORDER BY lot.expires_at, lot.id) AS n
                      FROM retail_loyalty_entry AS gave
                      JOIN retail_loyalty_lot_use AS u ON u.entry_id = gave.id
                      JOIN retail_loyalty_lot AS lot ON lot.id = u.lot_id
                     WHERE gave.program_id = e.program_id AND gave.kind = 'transfer'
                       AND gave.recorded_at = e.recorded_at AND gave.amount = -e.amount
                       AND md5('retail.loyalty.transferred:' || gave.uuid)::uuid::text
                           = e.uuid) AS used ON used.n = got.n
             WHERE got.id = v_lot;
        ELSIF e.reverses_id IS NOT NULL THEN
            SELECT max(u.lot_id) INTO v_next FROM retail_loyalty_lot_use AS u
             WHERE u.entry_id = e.reverses_id AND u.points > 0;
        ELSE
            RETURN v_lot;
        END IF;
        IF v_next IS NULL THEN
            RETURN NULL;
        END IF;
        v_lot := v_next;
    END LOOP;
END $$;

-- Fill the table ``retail_loyalty_finance_piece`` (temporary) with what the batch
-- covers. Entries that stand on a lot that no batch has covered yet wait for it.
CREATE OR REPLACE FUNCTION retail_loyalty_finance_split(p_batch integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    b record;
BEGIN
    SELECT batch.program_id, batch.company_id, batch.effective_until, program.tz,
           program.company_id AS home_id, program.currency_id AS home_currency_id,
           CASE terms.cohort_span WHEN 'month' THEN 'YYYY-MM' ELSE 'YYYY' END AS form
      INTO b
      FROM retail_loyalty_finance_batch AS batch
      JOIN retail_loyalty_finance_terms AS terms ON terms.id = batch.terms_id
      JOIN retail_loyalty_program AS program ON program.id = batch.program_id
     WHERE batch.id = p_batch;
    DROP TABLE IF EXISTS retail_loyalty_finance_fresh, retail_loyalty_finance_fact,
        retail_loyalty_finance_piece;
    CREATE TEMPORARY TABLE retail_loyalty_finance_fresh ON COMMIT DROP AS
        SELECT e.* FROM retail_loyalty_entry AS e
         WHERE e.program_id = b.program_id AND e.effective_at < b.effective_until
           AND (e.kind <> 'accrual' OR e.reverses_id IS NOT NULL
                OR coalesce(e.company_id, b.home_id) = b.company_id)
           AND NOT EXISTS (
               SELECT FROM retail_loyalty_finance_movement AS m
                WHERE m.entry_id = e.id AND m.company_id = b.company_id
                  AND NOT m.is_void);
    CREATE INDEX ON retail_loyalty_finance_fresh (id);
    ANALYZE retail_loyalty_finance_fresh;
    CREATE TEMPORARY TABLE retail_loyalty_finance_fact ON COMMIT DROP AS
        WITH needed AS (
            SELECT lot.id FROM retail_loyalty_finance_fresh AS e
              JOIN retail_loyalty_lot AS lot ON lot.entry_id = e.id
             UNION
            SELECT u.lot_id FROM retail_loyalty_finance_fresh AS e
              JOIN retail_loyalty_lot_use AS u ON u.entry_id = e.id
             UNION
            SELECT lot.id FROM retail_loyalty_finance_fresh AS e
              JOIN retail_loyalty_lot AS lot ON lot.entry_id = e.reverses_id
             WHERE e.kind = 'accrual'
        )
        SELECT lot.id AS lot_id, lot.entry_id, lot.points, origin.id AS origin_id,
               m.id IS NOT NULL AS is_known, m.amount AS known_amount,
               coalesce(m.company_id, made.company_id, own.company_id, b.home_id)
                   AS company_id,
               coalesce(m.currency_id, sale.currency_id, b.home_currency_id)
                   AS currency_id,
               coalesce(m.cohort, to_char(coalesce(made.effective_at, own.effective_at)
                   AT TIME ZONE 'UTC' AT TIME ZONE b.tz, b.form)) AS cohort,
               coalesce(m.is_priced,
                   made.kind = 'accrual' AND sale.id IS NOT NULL, false) AS is_priced,
               made.transaction_id,
               (made.effective_at AT TIME ZONE 'UTC' AT TIME ZONE b.tz)::date AS day
          FROM needed
          JOIN retail_loyalty_lot AS lot ON lot.id = needed.id
          JOIN retail_loyalty_entry AS own ON own.id = lot.entry_id
          CROSS JOIN LATERAL (SELECT CASE
                   WHEN own.reverses_id IS NULL AND own.kind <> 'transfer' THEN lot.id
                   ELSE retail_loyalty_finance_origin(lot.id) END AS id) AS origin
          LEFT JOIN retail_loyalty_lot AS first ON first.id = origin.id
          LEFT JOIN retail_loyalty_entry AS made ON made.id = first.entry_id
          LEFT JOIN retail_transaction AS sale ON sale.id = made.transaction_id
          LEFT JOIN retail_loyalty_finance_movement AS m
            ON m.lot_id = origin.id AND m.role = 'issue' AND NOT m.is_void;
    CREATE UNIQUE INDEX ON retail_loyalty_finance_fact (lot_id);
    CREATE INDEX ON retail_loyalty_finance_fact (entry_id);
    ANALYZE retail_loyalty_finance_fact;
    CREATE TEMPORARY TABLE retail_loyalty_finance_piece (
        entry_id integer, lot_id integer, role text, company_id integer,
        currency_id integer, cohort text, is_priced boolean,
        issued bigint, redeemed bigint, lapsed bigint, taken bigint, amount numeric
    ) ON COMMIT DROP;
    PERFORM retail_loyalty_finance_fill();
    CREATE INDEX ON retail_loyalty_finance_piece (entry_id);
    CREATE INDEX ON retail_loyalty_finance_piece (lot_id);
    ANALYZE retail_loyalty_finance_piece;
    -- Of no lot at all: spent on credit. The entry is covered all the same.
    INSERT INTO retail_loyalty_finance_piece
    SELECT e.id, NULL, 'none', coalesce(e.company_id, b.home_id), b.home_currency_id,
           to_char(e.effective_at AT TIME ZONE 'UTC' AT TIME ZONE b.tz, b.form), false,
           0, 0, 0, 0, 0
      FROM retail_loyalty_finance_fresh AS e
     WHERE NOT EXISTS (
         SELECT FROM retail_loyalty_finance_piece AS p WHERE p.entry_id = e.id);
    DELETE FROM retail_loyalty_finance_piece
     WHERE company_id IS DISTINCT FROM b.company_id;
    LOOP
        DELETE FROM retail_loyalty_finance_piece AS p USING (
            SELECT DISTINCT late.entry_id FROM retail_loyalty_finance_piece AS late
              JOIN retail_loyalty_finance_fact AS f ON f.lot_id = late.lot_id
             WHERE f.origin_id IS NOT NULL AND NOT f.is_known AND NOT EXISTS (
                 SELECT FROM retail_loyalty_finance_piece AS i
                  WHERE i.lot_id = f.origin_id AND i.role = 'issue')
        ) AS waiting WHERE p.entry_id = waiting.entry_id;
        EXIT WHEN NOT FOUND;
    END LOOP;
END $$;

-- What each entry means for the cohorts of its lots.
CREATE OR REPLACE FUNCTION retail_loyalty_finance_fill()
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO retail_loyalty_finance_piece
    -- New lots: points issued, or redeemed ones that came back.
    SELECT e.id, f.lot_id, 'issue', f.company_id, f.currency_id, f.cohort, f.is_priced,
           CASE WHEN e.kind = 'transfer' OR f.origin_id IS NULL
                  OR f.origin_id = f.lot_id THEN f.points ELSE 0 END,
           CASE WHEN f.origin_id <> f.lot_id AND e.kind = 'redemption'
                THEN -f.points ELSE 0 END,
           CASE WHEN f.origin_id <> f.lot_id AND e.kind NOT IN ('redemption', 'transfer')
                THEN -f.points ELSE 0 END,
           0, 0
      FROM retail_loyalty_finance_fresh AS e
      JOIN retail_loyalty_finance_fact AS f ON f.entry_id = e.id
     UNION ALL
    -- Lots used. By the entry that made the lot: what the member had spent on credit.
    SELECT e.id, f.lot_id, 'use', f.company_id, f.currency_id, f.cohort, f.is_priced,
           CASE how.word WHEN 'issued' THEN -sum(u.points) ELSE 0 END,
           CASE how.word WHEN 'redeemed' THEN sum(u.points) ELSE 0 END,
           CASE how.word WHEN 'lapsed' THEN sum(u.points) ELSE 0 END,
           0, 0
      FROM retail_loyalty_finance_fresh AS e
      JOIN retail_loyalty_lot_use AS u ON u.entry_id = e.id
      JOIN retail_loyalty_finance_fact AS f ON f.lot_id = u.lot_id
     CROSS JOIN LATERAL (SELECT CASE
               WHEN f.entry_id = e.id OR e.kind = 'redemption' THEN 'redeemed'
               WHEN e.kind = 'transfer' THEN 'issued'
               WHEN e.kind <> 'accrual' THEN 'lapsed'
               WHEN f.entry_id = e.reverses_id THEN 'issued'
               ELSE 'redeemed' END AS word) AS how
     GROUP BY e.id, f.lot_id, f.company_id, f.currency_id, f.cohort, f.is_priced,
              how.word
     UNION ALL
    -- Earned points taken back: as far as they were spent, others stand in for them.
    SELECT e.id, f.lot_id, 'back', f.company_id, f.currency_id, f.cohort, f.is_priced,
           own.points - e.points, own.points - e.points, 0, e.points, 0
      FROM retail_loyalty_finance_fresh AS e
      JOIN retail_loyalty_finance_fact AS f ON f.entry_id = e.reverses_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(u.points), 0)::bigint AS points
             FROM retail_loyalty_lot_use AS u
            WHERE u.entry_id = e.id AND u.lot_id = f.lot_id) AS own
     WHERE e.kind = 'accrual';
END $$;

-- A sale's price and that of one point, for IFRS 15.74 and 15.B40.
--
-- The price is what was paid in money, without tax. What a point is worth is without tax
-- in the ratio of its own sale. NULL where no estimate holds on the day.
CREATE OR REPLACE FUNCTION retail_loyalty_finance_prices(
    p_sale integer, p_program integer, p_currency integer, p_day date
) RETURNS TABLE (net numeric, point numeric) LANGUAGE sql STABLE AS $$
    SELECT coalesce(part.untaxed * part.paid, 0),
           (SELECT (estimate.amount::numeric(40, 20) / estimate.points)
                   * (estimate.redeemed_share / 100) * part.untaxed
              FROM retail_loyalty_finance_estimate AS estimate
             WHERE estimate.program_id = p_program
               AND estimate.currency_id = p_currency
               AND estimate.state = 'approved' AND estimate.active
               AND estimate.valid_from <= p_day
               AND (estimate.valid_until IS NULL OR estimate.valid_until >= p_day)
             LIMIT 1)
      FROM retail_transaction AS sale
     CROSS JOIN LATERAL (
           SELECT (sale.amount_total - sale.amount_tax)::numeric(40, 20)
               / NULLIF(sale.amount_total, 0) AS untaxed,
               sale.amount_total - coalesce((
                   SELECT sum(tender.amount) FROM retail_transaction_tender AS tender
                    WHERE tender.transaction_id = sale.id
                      AND tender.tender_type = 'points'), 0) AS paid) AS part
     WHERE sale.id = p_sale
$$;

-- The price of the points that were issued, by relative stand-alone prices, unrounded;
-- and what goes with points that are taken back.
CREATE OR REPLACE FUNCTION retail_loyalty_finance_price(p_program integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE retail_loyalty_finance_piece AS p
       SET amount = CASE WHEN priced.net <= 0 THEN 0
               ELSE priced.net * priced.worth / (priced.net + priced.together) END
      FROM (
        SELECT f.lot_id, price.net, f.points * price.point AS worth,
               sum(f.points * price.point) OVER (PARTITION BY f.transaction_id)
                   AS together
          FROM retail_loyalty_finance_piece AS i
          JOIN retail_loyalty_finance_fact AS f ON f.lot_id = i.lot_id
         CROSS JOIN LATERAL retail_loyalty_finance_prices(
               f.transaction_id, p_program, f.currency_id, f.day) AS price
         WHERE i.role = 'issue' AND f.is_priced AND f.origin_id = f.lot_id
      ) AS priced
     WHERE p.lot_id = priced.lot_id AND p.role = 'issue';
    UPDATE retail_loyalty_finance_piece AS p
       SET amount = -coalesce(f.known_amount, i.amount) * p.taken / f.points
      FROM retail_loyalty_finance_fact AS f
      LEFT JOIN retail_loyalty_finance_piece AS i
        ON i.lot_id = f.lot_id AND i.role = 'issue'
     WHERE p.role = 'back' AND f.lot_id = p.lot_id;
END $$;

-- Points of sales whose return window is still open: the ledger has no entry of them,
-- the customer has the claim. What stands now of sales until the batch's last day.
CREATE OR REPLACE FUNCTION retail_loyalty_finance_pending(p_batch integer)
RETURNS TABLE (
    currency_id integer, points bigint, amount numeric, unvalued bigint, day date
) LANGUAGE sql STABLE AS $$
    SELECT stands.currency_id, sum(stands.points)::bigint,
           sum(CASE WHEN stands.net <= 0 THEN 0
               ELSE stands.net * stands.worth / (stands.net + stands.together) END),
           count(*) FILTER (WHERE stands.net > 0 AND stands.worth IS NULL),
           min(stands.day)
      FROM (
        SELECT sale.currency_id, p.amount - p.cancelled AS points, price.net, at.day,
               (p.amount - p.cancelled) * price.point AS worth,
               sum((p.amount - p.cancelled) * price.point)
                   OVER (PARTITION BY sale.id) AS together
          FROM retail_loyalty_finance_batch AS batch
          JOIN retail_loyalty_program AS program ON program.id = batch.program_id
          JOIN retail_loyalty_pending AS p ON p.program_id = batch.program_id
          JOIN retail_transaction AS sale ON sale.id = p.transaction_id
         CROSS JOIN LATERAL (SELECT (p.effective_at AT TIME ZONE 'UTC'
               AT TIME ZONE program.tz)::date AS day) AS at
         CROSS JOIN LATERAL retail_loyalty_finance_prices(
               sale.id, batch.program_id, sale.currency_id, at.day) AS price
         WHERE batch.id = p_batch AND p.state = 'pending' AND p.kind = 'accrual'
           AND coalesce(p.company_id, program.company_id) = batch.company_id
           AND p.effective_at < batch.effective_until
      ) AS stands
     GROUP BY stands.currency_id
$$;
