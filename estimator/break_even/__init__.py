"""Where one approach becomes cheaper than another: in time, in traffic, in any input."""
