"""``vitrine evaluate``: how often the next thing a shopper wants is on the list, beside baselines."""
