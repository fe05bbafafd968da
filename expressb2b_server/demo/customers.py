"""Who buys from the demo wholesaler: twelve accounts with forty sites, their people and approvals.

Data only; `accounts` makes them. The first one is the account of the product page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

BUYER = ("buyer",)
APPROVER = ("approver",)
BOTH = ("buyer", "approver")


class Person(NamedTuple):
    """Somebody of an account; `sites` are places in its list of sites, none meaning all."""

    name: str
    roles: Sequence[str]
    sites: Sequence[int] = ()


class Level(NamedTuple):
    """An approval level; `people` names those who alone may decide it."""

    name: str
    min_total: str
    required: int = 1
    people: Sequence[str] = ()


class Customer(NamedTuple):
    """An account as the demo makes it; `code` begins the external ids of its sites."""

    code: str
    name: str
    domain: str
    tier: str | None
    sites: Sequence[str]
    people: Sequence[Person]
    levels: Sequence[Level] = ()
    allow_self_approval: bool = False


CLOSED = "The Old Mill Taproom"
"""The account that does not buy any more."""

CUSTOMERS: Sequence[Customer] = (
    Customer(
        "MRG",
        "Midwest Restaurant Group",
        "midwestrestaurants.example",
        "volume_b",
        (
            "Chicago — Loop",
            "Chicago — Wicker Park",
            "Milwaukee — Third Ward",
            "Madison — Capitol Square",
            "Indianapolis — Mass Ave",
            "Minneapolis — North Loop",
            "Columbus — Short North",
        ),
        (
            Person("Ana Flores", BOTH),
            Person("Ben Carter", BUYER, (0, 1)),
            Person("Chloe Nguyen", BUYER, (2, 3)),
            Person("Dan Kowalski", BUYER, (4, 5, 6)),
            Person("Erin O'Neill", APPROVER),
            Person("Frank Meyer", APPROVER),
        ),
        (Level("manager", "100.00"), Level("director", "2500.00", people=("Frank Meyer",))),
    ),
    Customer(
        "HVH",
        "Harborview Hotels",
        "harborviewhotels.example",
        "volume_c",
        (
            "Boston — Seaport",
            "Portland — Old Port",
            "Newport — Thames Street",
            "Providence — Downcity",
            "Mystic — Marina",
        ),
        (
            Person("Grace Lindqvist", BUYER),
            Person("Hassan Yilmaz", BUYER, (0, 1)),
            Person("Irene Castellano", APPROVER),
            Person("James Whitfield", APPROVER),
            Person("Karen Duarte", BOTH),
        ),
        (Level("housekeeping lead", "250.00"), Level("purchasing", "3000.00", required=2)),
    ),
    Customer(
        "LSC",
        "Lone Star Catering",
        "lonestarcatering.example",
        "volume_b",
        (
            "Austin — South Congress",
            "Houston — Heights",
            "Dallas — Deep Ellum",
            "San Antonio — Pearl",
        ),
        (
            Person("Luis Herrera", BUYER),
            Person("Maggie Stone", BUYER, (1, 2)),
            Person("Nate Broussard", APPROVER),
        ),
        (Level("operations", "500.00"),),
    ),
    Customer(
        "BCR",
        "Bluebird Coffee Roasters",
        "bluebirdcoffee.example",
        "volume_a",
        (
            "Portland — Alberta Street",
            "Seattle — Ballard",
            "Tacoma — Proctor",
            "Eugene — Whiteaker",
        ),
        (Person("Olivia Tran", BUYER), Person("Pete Sandoval", BUYER, (1, 2))),
    ),
    Customer(
        "CLU",
        "Café Lumière",
        "cafelumiere.example",
        "volume_a",
        ("New Orleans — Marigny", "New Orleans — Uptown", "Baton Rouge — Mid City"),
        (Person("Quentin Thibodeaux", BOTH), Person("Rosa Marchetti", BOTH)),
        (Level("owner", "150.00"),),
        allow_self_approval=True,
    ),
    Customer(
        "CSI",
        "Cedar & Stone Inns",
        "cedarandstone.example",
        "volume_b",
        ("Asheville — Biltmore", "Boone — King Street", "Greenville — Falls Park"),
        (
            Person("Sam Whitaker", BUYER),
            Person("Tessa Boyd", BOTH),
            Person("Uma Krishnan", APPROVER),
        ),
        (Level("innkeeper", "200.00"), Level("head office", "1500.00", people=("Uma Krishnan",))),
    ),
    Customer(
        "SAK",
        "St. Anselm Hospital Kitchens",
        "stanselm.example",
        "volume_c",
        ("Denver — Main Campus", "Denver — Children's Wing", "Boulder — Clinic"),
        (
            Person("Victor Adeyemi", BUYER),
            Person("Wendy Park", APPROVER),
            Person("Xavier Moreau", APPROVER),
        ),
        (Level("dietitian", "0"), Level("controller", "1000.00")),
    ),
    Customer(
        "PNB",
        "Pacific Noodle Bar",
        "pacificnoodle.example",
        "volume_a",
        ("San Diego — North Park", "Los Angeles — Silver Lake", "Long Beach — Retro Row"),
        (Person("Yuki Tanaka", BOTH), Person("Zoe Alvarez", BUYER)),
        (Level("owner", "800.00"),),
    ),
    Customer(
        "GGE",
        "Golden Gate Events",
        "goldengateevents.example",
        "volume_b",
        ("San Francisco — Warehouse", "Oakland — Jack London Square"),
        (Person("Amir Hosseini", BUYER), Person("Bella Novak", APPROVER)),
        # One approver where two are required: its large orders show what `blocked` means.
        (Level("producer", "300.00"), Level("both partners", "1200.00", required=2)),
    ),
    Customer(
        "TCK",
        "The Copper Kettle",
        "copperkettle.example",
        None,
        ("Burlington — Church Street", "Stowe — Mountain Road"),
        (Person("Carla Jensen", BUYER),),
    ),
    Customer(
        "PSD",
        "Prairie School District",
        "prairieschools.example",
        "volume_c",
        ("Omaha — Central Kitchen", "Lincoln — South High"),
        (
            Person("Derek Olson", BUYER),
            Person("Elena Petrova", APPROVER),
            Person("Faith Mbeki", BOTH),
        ),
        (Level("cafeteria manager", "0"),),
    ),
    Customer(
        "OMT",
        CLOSED,
        "oldmilltaproom.example",
        "volume_a",
        ("Grand Rapids — Eastown", "Lansing — Old Town"),
        (Person("Gus Vandermeer", BOTH),),
    ),
)
