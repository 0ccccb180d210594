"""Shots painted by Ray, on this machine or on the machines of a cluster."""
