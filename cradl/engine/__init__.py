"""Algorithm 1: from the settings of an experiment to its labelled results."""
