"""Addresses of the requests room."""

from django.urls import path

from hongyan.faces.console.requests import chain, forms, index, one

urlpatterns = [
    path("console/requests", index.show, name="console-requests"),
    path("console/requests/<int:number>", one.show, name="console-request"),
    path("console/requests/<int:number>/<slug:what>", one.do, name="console-request-do"),
    path("console/forms", forms.index, name="console-forms"),
    path("console/forms/pack", forms.use_pack, name="console-forms-pack"),
    path("console/forms/<str:form>", forms.edit, name="console-form"),
    path("console/chains/<str:name>", chain.edit, name="console-chain"),
]
