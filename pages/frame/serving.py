"""What `dashboard.py` puts around Streamlit's server: the gate before it, and what begins and ends with it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.middleware import Middleware
from streamlit.starlette import App

from core.engine import pool
from pages.frame import engine, log
from pages.gate import starting
from pages.gate.document import Document
from pages.gate.middleware import Gate


def middleware() -> list[Middleware]:
    """Stands before all that the server answers."""
    return [Middleware(Gate), Middleware(Document)]


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """Say the address at the start; at the end, end the engine's processes with the server."""
    # Of what it says, another address at the start, every connection and every broken request are left out.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    log.bound()
    starting.announce(jail=pool.forks())
    try:
        yield
    finally:
        engine.close()
