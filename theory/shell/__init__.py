"""Read numbers from a shell, and print answers."""
