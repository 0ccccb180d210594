"""Clips in and out: probing, reading with exact times, writing with audio and colour tags."""
