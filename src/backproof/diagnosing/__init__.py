"""Why a training is stuck: what is seen in its numbers, which units are to blame, what to try, and
whether that helps.
"""
