"""Everything on one machine, to try: sandboxes, a small Slack and Lanekeeper, and ten weeks that are made up.

running.py   starts and stops it all
history.py   the ten weeks: what is known of them, and how they are made
weeks.py     one week, lane by lane
cases.py     what the runs of a week are about, and who errs in which of them
acting.py    the hands of a made-up run: an engine whose clock walks through the past
"""
