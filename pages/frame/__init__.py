"""What the pages share: session state, the engine, cards and controls."""
