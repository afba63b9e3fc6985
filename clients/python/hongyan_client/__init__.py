"""A client for Hongyan's API: the standard library alone, typed, one method for each operation.

from hongyan_client import Client, Problem

hongyan = Client("https://mail.corp.example", token="hy_...")
for mailbox in hongyan.all_mailboxes(state="suspended"):
    print(mailbox["address"])
"""

from hongyan_client.base import Problem, verify_webhook
from hongyan_client.client import Client

__all__ = ["Client", "Problem", "verify_webhook"]
