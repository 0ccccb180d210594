"""What a stylised picture is measured by: pure functions, and the objective that sums them.

No optimiser here, no files, no clips.
"""
