"""Work done at the same time: real connections, real commits, a database for one run (R13.2).

house.py    the publisher: its desks, its orders, one transaction per step
steps.py    what a desk does in one transaction
race.py     two steps against each other
child.py    steps in processes that are killed
"""
