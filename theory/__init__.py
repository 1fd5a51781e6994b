"""The paper's mathematics, each numbered statement written once and evaluated from there."""
