"""Who sells, who buys, and what changed on the deals before the seeded day. All made up."""

from dataclasses import dataclass

NOBODY, THEO, JORDAN, INES, INTEGRATION, REPORTING, AUTOMATED = 0, 1, 2, 3, 90, 91, 92

USERS = {
    NOBODY: ("API User", "api@example.com"),  # of a credential that names none
    THEO: ("Theo Lindqvist", "theo@northwind.example"),  # the same as in the workspace; the others are not there
    JORDAN: ("Jordan Blake", "jordan@example.com"),
    INES: ("Ines Moreau", "ines@example.com"),
    INTEGRATION: ("Lanekeeper Integration", "lanekeeper@example.com"),
    REPORTING: ("Reporting Integration", "reporting@example.com"),
    AUTOMATED: ("Automated Process", "autoproc@example.com"),  # under which flows run
}


@dataclass(frozen=True)
class Buyer:
    """A contact. `role` is the one on the account's first open deal; the first of an account is its primary contact."""

    account: str
    name: str
    email: str
    title: str
    role: str = ""
    no_email: bool = False


BUYERS = (
    Buyer("Acme", "Dana Whitfield", "dana.whitfield@acme.example", "Head of Procurement", "Decision Maker"),
    Buyer("Acme", "Luis Ortega", "luis.ortega@acme.example", "IT Operations Lead", "Technical Buyer"),
    Buyer("Acme", "Priya Nair", "priya.nair@acme.example", "General Counsel", "Evaluator", no_email=True),
    Buyer("Globex", "Hank Scorpio", "hank@globex.example", "Chief Executive", "Economic Buyer"),
    Buyer("Globex", "Mindy Simmons", "mindy@globex.example", "Chief of Staff", "Influencer"),
    Buyer("Initech", "Bill Lumbergh", "bill@initech.example", "Division Vice President", "Decision Maker"),
    Buyer("Umbrella", "Ada Birkin", "ada.birkin@umbrella.example", "Security Architect", "Technical Buyer"),
    Buyer("Hooli", "Gavin Belson", "gavin@hooli.example", "Chief Innovation Officer", "Executive Sponsor"),
    Buyer("Stark Industries", "Pepper Potts", "pepper@stark.example", "Chief Executive", "Economic Buyer"),
    Buyer("Wayne Enterprises", "Lucius Fox", "lucius@wayne.example", "Head of Applied Science", "Decision Maker"),
    Buyer("Soylent", "Sol Roth", "sol@soylent.example", "Purchasing", "Decision Maker"),
    Buyer("Tyrell", "Eldon Tyrell", "eldon@tyrell.example", "Founder", "Economic Buyer"),
    Buyer("Vandelay", "Art Vandelay", "art@vandelay.example", "Importer"),
    Buyer("Cyberdyne", "Miles Dyson", "miles@cyberdyne.example", "Director of Special Projects", "Evaluator"),
    Buyer("Wonka", "Willy Wonka", "willy@wonka.example", "Owner", "Decision Maker"),
)


@dataclass(frozen=True)
class Step:
    """One change in a deal's past; `field` as Salesforce names it, {-20} is the date 20 days before the seeded day."""

    deal: str  # its name, without the account
    days_ago: int
    by: int
    field: str
    before: str | None
    after: str | None


STEPS = (
    Step("Platform renewal", 44, THEO, "created", None, None),
    Step("Platform renewal", 30, THEO, "StageName", "Qualification", "Needs Analysis"),
    Step("Platform renewal", 16, THEO, "StageName", "Needs Analysis", "Proposal"),
    Step("Platform renewal", 16, INTEGRATION, "NextStep", "Book a demo", "Send revised pricing"),
    Step("Support add-on", 25, THEO, "StageName", "Proposal", "Negotiation"),
    Step("Support add-on", 10, INTEGRATION, "NextStep", "Send redlines", "Wait for signature"),
    Step("Security package", 14, JORDAN, "StageName", "Qualification", "Needs Analysis"),
    Step("Field service licences", 4, JORDAN, "CloseDate", "{-2}", "{+9}"),
    Step("Data platform", 6, THEO, "NextStep", None, "Agree on liability cap"),
    Step("Training days", 30, THEO, "StageName", "Negotiation", "Closed Won"),
)

OURS = "7c" * 32  # the key under which the seeded activity of ours was logged


@dataclass(frozen=True)
class Logged:
    """An activity that Lanekeeper logged before the seeded day."""

    deal: str
    days_ago: int
    subject: str
    text: str


LOGGED = (Logged("Training days", 29, "Handed over to onboarding", "Three training days booked with the customer."),)
