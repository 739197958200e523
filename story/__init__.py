"""A fortnight at a publisher's after-sales desk, played on the demo database.

A sales platform sends its export of complaints; agent, warehouse and finance work through them, day
by day, each as their own user and in transactions of their own. Then the story tells for every case
what moved and what was booked, and checks the invariants I1 to I6 of the design by SQL of its own.
What happened stays in the database; played again, it finds everything done.

house          the database, and transactions of those who work in it
world          the orders the complaints are about
complaints.json  the platform's export
plan           what readers, desks and parcels will do in each case
desks          how each desk works through its cases
report         what is printed of each case
figures        the figures of the invariants, by SQL
invariants     the invariants
"""
