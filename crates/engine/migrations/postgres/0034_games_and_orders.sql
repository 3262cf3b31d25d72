-- What games are drawn from, and what becomes of ordered rewards.

-- The seed of a game for a day, and the hash of it that everybody may see before the first play.
CREATE TABLE game_seed (
    tenant_id bigint NOT NULL REFERENCES tenant,
    wallet_id bigint NOT NULL,
    game text COLLATE "C" NOT NULL,
    day bigint NOT NULL,
    seed text COLLATE "C" NOT NULL,
    commitment text COLLATE "C" NOT NULL,
    recorded bigint NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id, game, day)
);

-- Every draw, numbered within its game and day without a gap. `version` is the text of the wallet
-- whose odds held.
CREATE TABLE game_draw (
    tenant_id bigint NOT NULL REFERENCES tenant,
    wallet_id bigint NOT NULL,
    game text COLLATE "C" NOT NULL,
    day bigint NOT NULL,
    number bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    draw text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    recorded bigint NOT NULL,
    PRIMARY KEY (tenant_id, wallet_id, game, day, number),
    UNIQUE (tenant_id, key)
);

-- What became of an ordered reward, step by step.
CREATE TABLE reward_order_step (
    tenant_id bigint NOT NULL REFERENCES tenant,
    step_seq bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    step text COLLATE "C" NOT NULL
        CHECK (step IN ('approved', 'sent', 'delivered', 'cancelled', 'cancel_asked')),
    carrier text COLLATE "C",
    tracking text COLLATE "C",
    note text COLLATE "C",
    recorded bigint NOT NULL,
    actor_kind text COLLATE "C" NOT NULL,
    actor_id text COLLATE "C",
    actor_name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, step_seq)
);

CREATE INDEX reward_order_step_by_key ON reward_order_step (tenant_id, key, step_seq);

CREATE TRIGGER game_seed_is_never_updated BEFORE UPDATE OR DELETE ON game_seed
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER game_seed_is_never_truncated BEFORE TRUNCATE ON game_seed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER game_draw_is_never_updated BEFORE UPDATE OR DELETE ON game_draw
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER game_draw_is_never_truncated BEFORE TRUNCATE ON game_draw
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER reward_order_step_is_never_updated BEFORE UPDATE OR DELETE ON reward_order_step
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER reward_order_step_is_never_truncated BEFORE TRUNCATE ON reward_order_step
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
