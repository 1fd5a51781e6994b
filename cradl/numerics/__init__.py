"""Mathematics that knows no study: compiled loops, selections, medians, designs."""
