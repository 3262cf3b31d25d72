-- Codes of vouchers are made with a secret of the wallet, so that nobody else can make them.
ALTER TABLE wallet ADD COLUMN code_secret text COLLATE "C";
