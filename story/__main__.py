"""python -m story --conf odoo.conf --db demo: play the story and check the figures."""

import argparse
import json
import sys
from datetime import datetime, time, timedelta
from pathlib import Path

from freezegun import freeze_time

from . import invariants, report, world
from .desks import Agent, Finance, Warehouse
from .house import House

COMPLAINTS = Path(__file__).with_name("complaints.json")
DAYS = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)  # of a fortnight
OPENING = time(2)  # UTC: ten o'clock in China


def main():
    """Play it; return 1 if a figure is wrong."""
    parser = argparse.ArgumentParser(prog="story", description=__doc__)
    parser.add_argument("--conf", required=True, help="configuration file of Odoo")
    parser.add_argument("--db", required=True, help="database with the demo data")
    options = parser.parse_args()
    house = House(options.conf, options.db)
    house.work(None, world.ensure)
    complaints = json.loads(COMPLAINTS.read_text())
    wrong = play(house, complaints)
    house.look(report.print_cases)
    wrong += invariants.check(house, report.print_check)
    surprises = house.look(report.find_surprises)
    report.print_check("Every case ended as planned, refunds to the cent", surprises)
    wrong += surprises
    wrong = set(wrong)  # what is wrong on one day is so on the next
    print("\nAll figures are right." if not wrong else f"\n{len(wrong)} figures are wrong.")
    return 1 if wrong else 0


def play(house, complaints):
    """Let the days pass; return what was wrong at the end of one."""
    agent, warehouse, finance = Agent(house), Warehouse(house), Finance(house)
    first = datetime.combine(datetime.now(), OPENING)
    wrong = []
    with freeze_time(first) as clock:
        report.print_answers(complaints, agent.submit(complaints))
        for day in DAYS:
            clock.move_to(first + timedelta(days=day))
            warehouse.send_back()
            steps = {desk.login: desk.work() for desk in (agent, warehouse, finance)}
            broken = invariants.check(house)
            report.print_day(day, steps, broken)
            wrong += broken
    return wrong


if __name__ == "__main__":
    sys.exit(main())
