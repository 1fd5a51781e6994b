"""The common reply of all Byzantine devices that moves Phocas most, coordinate by coordinate."""
