"""What stands around every page and what all share: the session and its keys, the engine, navigation, the sidebar."""
