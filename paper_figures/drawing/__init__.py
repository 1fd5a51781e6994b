"""The parts that figures share: style, panels, both sides of a bound, descriptions."""
