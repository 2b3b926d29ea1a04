"""Jira Cloud: look up past issues, open one, comment on it, move it on.

Protocol facts are from the Jira Cloud platform REST API v3 reference, developer.atlassian.com/cloud/jira/platform.
The credential is "e-mail:API token", shown as Basic authentication ("Basic auth for REST APIs").
"""

from tools.jira.changes import IssueChanges, IssuesOpened
from tools.jira.comment import AddComment
from tools.jira.create import CreateIssue
from tools.jira.reads import FindIssues, GetIssue, IssueHistory
from tools.jira.rights import account, shortfalls
from tools.jira.said import CommentsSaid
from tools.jira.transition import TransitionIssue

TOOLS = (FindIssues(), GetIssue(), IssueHistory(), CreateIssue(), AddComment(), TransitionIssue())

TRUTHS = (IssuesOpened(), IssueChanges(), CommentsSaid())

__all__ = ["TOOLS", "TRUTHS", "account", "shortfalls"]
