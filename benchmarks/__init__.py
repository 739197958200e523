"""Measure the add-on beside others, step by step as its users work.

__main__     runs one suite and prints its tables and one line of JSON
harness      a contender's database: users, steps, and what a step costs
sales        the sale data all contenders start from
history      past stock moves of a title, by SQL
contenders/  one file each: how it does the same work
suites/      one file each: what is measured and which figures come out
report       tables for people
walks        random walks of all desks, checked after every step

`./dev bench` makes the databases (`dev_env/bench_databases.py`).
"""
