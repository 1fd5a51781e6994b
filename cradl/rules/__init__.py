"""What the rules of `cradl.aggregation.RULES` compute."""
