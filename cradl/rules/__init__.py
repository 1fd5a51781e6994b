"""What aggregation rules compute; `cradl.aggregation.RULES` names them and says what they promise."""
