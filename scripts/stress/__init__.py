"""What breaks programs, on purpose and for longer than a test may: kills, odd bytes, long clips."""
