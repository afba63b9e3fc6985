"""All writes of this room, for the faces and the jobs (see the package's docstring)."""

from hongyan.company.requests.deciding import (
    Outcome,
    activation_link,
    add_approver,
    carry_out,
    decide,
    decide_many,
    reassign,
    send_back,
)
from hongyan.company.requests.filing import amend, attach, file_many, file_request, resubmit, withdraw
from hongyan.company.requests.policy import reset_form, save_chain, set_form, use_pack
from hongyan.company.requests.sheets import file_sheet

__all__ = (
    "Outcome",
    "activation_link",
    "add_approver",
    "amend",
    "attach",
    "carry_out",
    "decide",
    "decide_many",
    "file_many",
    "file_request",
    "file_sheet",
    "reassign",
    "reset_form",
    "resubmit",
    "save_chain",
    "send_back",
    "set_form",
    "use_pack",
    "withdraw",
)
