"""The figures: each module draws one kind of them from labelled data."""
