"""The customers and what they paid. All made up."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Person:
    slug: str  # cus_<slug> in Stripe
    name: str
    email: str
    pays: bool = True  # known to Stripe


@dataclass(frozen=True)
class Paid:
    """ch_3<slug><number>, in US cents, `minutes` after nine on the day."""

    slug: str
    number: int
    cents: int
    description: str
    days_ago: int
    minutes: int = 12
    refunded: int = 0
    status: Literal["succeeded", "failed"] = "succeeded"
    disputed: bool = False
    paid_with: str = "4242"  # the end of the card's or bank account's number, see `payments.METHODS`


PEOPLE = (
    Person("AdaPark", "Ada Park", "ada@parkstudio.example"),
    Person("TomasRuiz", "Tomás Ruiz", "tomas@ruizlabs.example"),
    Person("MeiChen", "Mei Chen", "mei.chen@northwind.example"),
    Person("OmarHaddad", "Omar Haddad", "omar@haddad.example"),
    Person("IngridBerg", "Ingrid Berg", "ingrid.berg@fjordline.example"),
    Person("VictorLane", "Victor Lane", "victor@lane-media.example"),
    Person("PriyaNair", "Priya Nair", "priya@nair.example"),
    Person("JonasWeber", "Jonas Weber", "jonas@weberbau.example"),
    Person("RuthAdler", "Ruth Adler", "ruth@adler.example", pays=False),
    Person("GraceMoyo", "Grace Moyo", "grace@moyofoods.example"),
    Person("LiamDoyle", "Liam Doyle", "liam@doyle.example"),
    Person("SofiaRossi", "Sofia Rossi", "sofia@rossi-arch.example"),
    Person("KenjiMori", "Kenji Mori", "kenji@mori.example"),
    Person("HannahCole", "Hannah Cole", "hannah@colebooks.example"),
    Person("PaulDubois", "Paul Dubois", "paul@dubois.example"),
    Person("NinaPetrova", "Nina Petrova", "nina@petrova.example"),
    Person("EricSand", "Eric Sand", "eric@sandandsons.example"),
    Person("AishaKhan", "Aisha Khan", "aisha@khan.example"),
    Person("BenHarper", "Ben Harper", "ben@harper.example"),
    Person("CarlaSosa", "Carla Sosa", "carla@sosa.example"),
    Person("DaveQuinn", "Dave Quinn", "dave@quinn.example"),
    Person("ElenaFox", "Elena Fox", "elena@foxphoto.example"),
    Person("FelixBraun", "Felix Braun", "felix@braun.example"),
    Person("YaraSilva", "Yara Silva", "yara@silva.example"),
)

PRO = "Pro plan, monthly"
TEAM = "Team plan, monthly"
ANNUAL = "Business plan, annual"
STARTER = "Starter plan, monthly"

CHARGES = (
    Paid("AdaPark", 1, 3800, PRO, 4),
    Paid("AdaPark", 2, 3800, PRO, 4, minutes=14),
    Paid("AdaPark", 3, 3800, PRO, 34),
    Paid("TomasRuiz", 1, 41200, TEAM, 3),
    Paid("TomasRuiz", 2, 41200, TEAM, 3, minutes=13),
    Paid("MeiChen", 1, 129000, ANNUAL, 6),
    Paid("MeiChen", 2, 129000, ANNUAL, 6, minutes=58),
    Paid("OmarHaddad", 1, 3800, PRO, 5),
    Paid("IngridBerg", 1, 640000, "Enterprise plan, annual", 2),
    Paid("IngridBerg", 2, 640000, "Enterprise plan, annual", 2, minutes=15),
    Paid("VictorLane", 1, 3800, PRO, 3),
    Paid("VictorLane", 2, 3800, PRO, 3, minutes=16),
    Paid("PriyaNair", 1, 1900, STARTER, 2),
    Paid("PriyaNair", 2, 1900, STARTER, 2, minutes=13),
    Paid("JonasWeber", 1, 5200, "Pro plan, two seats", 9),
    Paid("JonasWeber", 2, 5200, "Pro plan, two seats", 9, minutes=20, refunded=5200),
    Paid("GraceMoyo", 1, 41200, TEAM, 12),
    Paid("LiamDoyle", 1, 3800, PRO, 8),
    Paid("SofiaRossi", 1, 9900, "Pro plan, three seats", 7),
    Paid("SofiaRossi", 2, 9900, "Pro plan, three seats", 7, minutes=12, disputed=True),
    Paid("KenjiMori", 1, 3800, PRO, 1, status="failed"),
    Paid("KenjiMori", 2, 3800, PRO, 1, minutes=19),
    Paid("HannahCole", 1, 24000, "Onboarding workshop", 15, refunded=8000),
    Paid("PaulDubois", 1, 1900, STARTER, 18),
    Paid("NinaPetrova", 1, 3800, PRO, 20),
    Paid("EricSand", 1, 41200, TEAM, 16, paid_with="1116"),
    Paid("AishaKhan", 1, 1900, STARTER, 11),
    Paid("BenHarper", 1, 3800, PRO, 6),
    Paid("CarlaSosa", 1, 2400, "Extra storage, monthly", 5),
    Paid("CarlaSosa", 2, 2400, "Extra storage, monthly", 5, minutes=13),
    Paid("DaveQuinn", 1, 1900, STARTER, 3),
    Paid("DaveQuinn", 2, 1900, STARTER, 3, minutes=17),
    Paid("ElenaFox", 1, 18900, "Pro plan, five seats", 4),
    Paid("ElenaFox", 2, 18900, "Pro plan, five seats", 4, minutes=22),
    Paid("FelixBraun", 1, 3800, PRO, 25, paid_with="5126"),
    Paid("YaraSilva", 1, 3800, PRO, 10, paid_with="7726"),
)
