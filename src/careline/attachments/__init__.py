"""Files that people point at: fetched from public addresses alone, within limits, and known by their bytes."""
