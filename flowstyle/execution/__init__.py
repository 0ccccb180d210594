"""Where and in which order shots are painted: jobs, executors, the way of one shot.

Nothing here reads clips or writes results.
"""
