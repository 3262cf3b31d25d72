-- What games are drawn from, and what becomes of ordered rewards.

-- The seed of a game for a day, and the hash of it that everybody may see before the first play.
CREATE TABLE game_seed (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    wallet_id INTEGER NOT NULL,
    game TEXT NOT NULL,
    day INTEGER NOT NULL,
    seed TEXT NOT NULL,
    commitment TEXT NOT NULL,
    recorded INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id, game, day)
) STRICT, WITHOUT ROWID;

-- Every draw, numbered within its game and day without a gap. `version` is the text of the wallet
-- whose odds held.
CREATE TABLE game_draw (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    wallet_id INTEGER NOT NULL,
    game TEXT NOT NULL,
    day INTEGER NOT NULL,
    number INTEGER NOT NULL,
    key TEXT NOT NULL,
    draw TEXT NOT NULL,
    version INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id, game, day, number),
    UNIQUE (tenant_id, key)
) STRICT, WITHOUT ROWID;

-- What became of an ordered reward, step by step.
CREATE TABLE reward_order_step (
    tenant_id INTEGER NOT NULL REFERENCES tenant,
    step_seq INTEGER NOT NULL,
    key TEXT NOT NULL,
    step TEXT NOT NULL
        CHECK (step IN ('approved', 'sent', 'delivered', 'cancelled', 'cancel_asked')),
    carrier TEXT,
    tracking TEXT,
    note TEXT,
    recorded INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    PRIMARY KEY (tenant_id, step_seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX reward_order_step_by_key ON reward_order_step (tenant_id, key, step_seq);

CREATE TRIGGER game_seed_is_never_updated BEFORE UPDATE ON game_seed
BEGIN
    SELECT RAISE(ABORT, 'rows of game_seed are never changed');
END;

CREATE TRIGGER game_seed_is_never_deleted BEFORE DELETE ON game_seed
BEGIN
    SELECT RAISE(ABORT, 'rows of game_seed are never changed');
END;

CREATE TRIGGER game_draw_is_never_updated BEFORE UPDATE ON game_draw
BEGIN
    SELECT RAISE(ABORT, 'rows of game_draw are never changed');
END;

CREATE TRIGGER game_draw_is_never_deleted BEFORE DELETE ON game_draw
BEGIN
    SELECT RAISE(ABORT, 'rows of game_draw are never changed');
END;

CREATE TRIGGER reward_order_step_is_never_updated BEFORE UPDATE ON reward_order_step
BEGIN
    SELECT RAISE(ABORT, 'rows of reward_order_step are never changed');
END;

CREATE TRIGGER reward_order_step_is_never_deleted BEFORE DELETE ON reward_order_step
BEGIN
    SELECT RAISE(ABORT, 'rows of reward_order_step are never changed');
END;
