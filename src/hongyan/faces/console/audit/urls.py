from django.urls import path

from hongyan.faces.console.audit import views

urlpatterns = [
    path("console/audit", views.show, name="audit"),
    path("console/audit/export.<str:form>", views.take, name="audit-export"),
]
