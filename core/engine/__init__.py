"""Where models live: child processes of a zygote, never the server. See `core.engine.pool.Engine`."""
