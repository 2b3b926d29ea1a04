"""Finding people: customers and agents, by e-mail address or name."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from tools.contract import Evidence, Frozen, Internal, Pii, ReadTool, Wire
from tools.values import Email
from tools.wire import understand
from tools.zendesk.answers import UsersFound, user_link

Name = Annotated[str, Field(pattern=r"^[^\s\"':<>\\][^\"':<>\\]*$", max_length=100)]


class FindUsersArguments(Frozen):
    email: Annotated[Pii[Email] | None, Field(description="The whole address")] = None
    name: Annotated[Pii[Name] | None, Field(description="Words of the name, if the address is not known")] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.email is None) == (self.name is None):
            raise ValueError("give an e-mail address or a name, not both")
        return self


class FoundUser(Frozen):
    user: Internal[str]
    name: Pii[str]
    email: Pii[str]  # empty where Zendesk knows none
    role: Internal[str]  # end-user, agent, admin


class FoundUsers(Frozen):
    users: list[FoundUser]


class FindUsers(ReadTool[FindUsersArguments, FoundUsers]):
    """Users, "Search Users". Its index may lag a few minutes behind."""

    name = "zendesk.find_users"
    summary = "Find people in Zendesk by e-mail address or by name, at most 25: customers and agents, with their role."
    arguments = FindUsersArguments
    result = FoundUsers
    scopes: ClassVar = frozenset({"zendesk:users.read"})
    example: ClassVar = {"email": "ada@parkstudio.example"}
    most: ClassVar[int] = 25

    def read(self, wire: Wire, arguments: FindUsersArguments) -> FoundUsers:
        by = f'email:"{arguments.email}"' if arguments.email else f'name:"{arguments.name}"'
        query: dict[str, str | int] = {"query": by, "per_page": self.most}
        answer = wire.call("GET", "/api/v2/users/search.json", query=query, timeout=self.timeout)
        return FoundUsers(
            users=[
                FoundUser(user=str(one.id), name=one.name, email=one.email or "", role=one.role)
                for one in understand(UsersFound, answer, self.name).users
            ]
        )

    def cite(self, wire: Wire, arguments: FindUsersArguments, result: FoundUsers) -> tuple[Evidence, ...]:
        """The one who was found; several are no evidence for any of them."""
        if len(result.users) != 1:
            return ()
        [one] = result.users
        return (Evidence(label=f"Zendesk user {one.name}", quote=one.email, url=user_link(wire, one.user)),)
