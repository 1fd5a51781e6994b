"""What the attacks of `cradl.attacks.ATTACKS` send."""
