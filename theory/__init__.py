"""The paper's mathematics: each numbered statement is written once and evaluated from there."""
