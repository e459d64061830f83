"""A cook with rules: it sees the whole kitchen, and the partner's model learns from its decisions."""

from __future__ import annotations

from collections import deque

UP, DOWN, LEFT, RIGHT, PICK_OR_PLACE, TOGGLE, WAIT = range(7)
STEPS = {(-1, 0): UP, (1, 0): DOWN, (0, -1): LEFT, (0, 1): RIGHT}
SOON = 10
"""In how many steps a soup has to be done for everybody to look after it."""
URGENCY = {"onion_soup": 3, "plate": 2, "onion": 1, None: 0}


def decide(kitchen, me):
    """Return the action of cook number `me`."""
    return Situation(kitchen, me).action()


class Situation:
    """One cook's view of one moment."""

    def __init__(self, kitchen, me):
        self.kitchen = kitchen
        self.me = kitchen.cooks[me]
        self.partner = kitchen.cooks[1 - me]
        # who goes first when all else is equal; both see it, which they cannot of their numbers
        self.first = self.me.place < self.partner.place
        (self.pot_place, self.pot), *_ = kitchen.pots.items()
        rows = max(row for row, _ in kitchen.fixtures)
        columns = max(column for _, column in kitchen.fixtures)
        inside = {(row, column) for row in range(rows + 1) for column in range(columns + 1)}
        self.floor = inside - kitchen.fixtures.keys() - kitchen.items.keys()

    def action(self):
        """Go to the nearest place where there is something to do, and do it."""
        places = self.things_to_do()
        if not places:
            return self.keep_clear()
        return self.use(places)

    def things_to_do(self):
        """Return the places of which one should be used next; none when there is nothing to do but wait."""
        match self.me.holds:
            case "onion_soup":
                return self.fixtures("delivery_zone")
            case "plate":
                return self.with_plate()
            case "onion":
                return self.with_onion()
            case None:
                return self.with_empty_hands()
            case _:
                return self.free_counters()

    def with_plate(self):
        """Take the soup, or wait for it at the pot; put the plate down while onions are missing."""
        if self.pot.full:
            return self.free_counters() if self.partner_is_nearer_with_plate() else [self.pot_place]
        return [] if self.onions_missing() <= 0 else self.free_counters()

    def with_onion(self):
        """Into the pot; a soup that nobody looks after is more urgent than keeping the next onion ready."""
        if not self.pot.full:
            return [self.pot_place]
        nobody_serves = self.partner.holds != "plate" and self.pot.steps_left <= SOON
        return self.free_counters() if nobody_serves else []

    def with_empty_hands(self):
        """Clear the floor, then do what is missing: a soup to deliver, onions, a plate."""
        on_the_floor = [place for place in self.kitchen.items if place not in self.kitchen.fixtures]
        if on_the_floor:
            return on_the_floor
        soups, plates = self.lying("onion_soup"), self.fixtures("plate_stack") + self.lying("plate")
        onions = self.fixtures("onion_stack") + self.lying("onion")
        if soups:
            return soups
        if not self.pot.full:
            return onions if self.onions_missing() > 0 else plates
        if self.partner.holds == "plate":
            return onions
        urgent = self.partner.holds == "onion" or self.pot.steps_left <= SOON
        return plates if urgent or self.is_nearer_to(plates) else onions

    def onions_missing(self):
        return 3 - self.pot.onions - (self.partner.holds == "onion")

    def partner_is_nearer_with_plate(self):
        return self.partner.holds == "plate" and not self.is_nearer_to([self.pot_place])

    def is_nearer_to(self, places):
        mine = min(distance(self.me.place, place) for place in places)
        theirs = min(distance(self.partner.place, place) for place in places)
        return mine < theirs or (mine == theirs and self.first)

    def fixtures(self, kind):
        return [place for place, fixture in self.kitchen.fixtures.items() if fixture == kind]

    def lying(self, item):
        return [place for place, found in self.kitchen.items.items() if found == item]

    def free_counters(self):
        return [place for place in self.fixtures("counter") if place not in self.kitchen.items]

    def use(self, places):
        """Go next to the nearest of the places, face it, and pick or place."""
        way = self.way_to(places, avoid={self.partner.place})
        if way is None:
            return self.way_is_blocked(places)
        if way:
            return STEPS[way[0]]
        facing = next(step for step in STEPS if moved(self.me.place, step) in places)
        if self.me.facing != facing and moved(self.me.place, self.me.facing) not in places:
            return STEPS[facing]
        return WAIT if self.soup_is_not_done(places) else PICK_OR_PLACE

    def soup_is_not_done(self, places):
        return places == [self.pot_place] and self.me.holds == "plate" and not self.pot.done

    def way_is_blocked(self, places):
        """The partner or something on the floor is in the way."""
        if self.way_to(places, avoid=set()) is None:
            counters = self.free_counters()
            if self.me.holds and self.way_to(counters, avoid={self.partner.place}) is not None:
                return self.use(counters)
            return WAIT
        mine, theirs = URGENCY.get(self.me.holds, 0), URGENCY.get(self.partner.holds, 0)
        if mine < theirs or (mine == theirs and not self.first):
            return self.step_aside()
        return WAIT

    def keep_clear(self):
        """Wait where nobody has to stand."""
        needed = [self.pot_place, *self.fixtures("plate_stack"), *self.fixtures("delivery_zone")]
        quiet = {cell for cell in self.floor if all(distance(cell, place) > 1 for place in needed)}
        if self.me.place in quiet:
            return WAIT
        way = self.search(self.me.place, quiet, {self.partner.place})
        return STEPS[way[0]] if way else WAIT

    def step_aside(self):
        """Make way for the partner."""
        free = [
            step
            for step in STEPS
            if moved(self.me.place, step) in self.floor and moved(self.me.place, step) != self.partner.place
        ]
        if not free:
            return WAIT
        return STEPS[max(free, key=lambda step: distance(moved(self.me.place, step), self.partner.place))]

    def way_to(self, places, avoid):
        """The steps to a cell next to one of the places; None when there is no way."""
        beside = {moved(place, step) for place in places for step in STEPS} & self.floor
        return self.search(self.me.place, beside, avoid)

    def search(self, start, goals, avoid):
        """The shortest way over free floor, as a list of steps; None when there is none."""
        ways = {start: []}
        waiting = deque([start])
        while waiting:
            cell = waiting.popleft()
            if cell in goals:
                return ways[cell]
            for step in STEPS:
                following = moved(cell, step)
                if following in self.floor and following not in avoid and following not in ways:
                    ways[following] = [*ways[cell], step]
                    waiting.append(following)
        return None


def moved(place, step):
    return place[0] + step[0], place[1] + step[1]


def distance(one, other):
    return abs(one[0] - other[0]) + abs(one[1] - other[1])
