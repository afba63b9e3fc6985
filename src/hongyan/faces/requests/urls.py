"""Addresses of requests at the portal."""

from django.urls import path

from hongyan.faces.requests import approving, doing, filing, many, papers, showing

urlpatterns = [
    path("requests", showing.index, name="requests"),
    path("requests/new", filing.choose, name="request-new"),
    path("requests/new/<str:form>", filing.fill, name="request-fill"),
    path("requests/new/<str:form>/many", many.file, name="request-many"),
    path("requests/address", filing.check_address, name="request-address"),
    path("requests/<int:number>", showing.show, name="request"),
    path("requests/<int:number>/print", papers.sheet, name="request-print"),
    path("requests/<int:number>/paper", papers.paper, name="request-paper"),
    path("requests/<int:number>/files/<int:file_id>", papers.attachment, name="request-file"),
    path("requests/<int:number>/<slug:what>", doing.do, name="request-do"),
    path("approve", approving.show, name="approve"),
    path("approve/decided", approving.decided, name="approve-decided"),
    path("approve/<int:number>", showing.step, name="approve-step"),
]
