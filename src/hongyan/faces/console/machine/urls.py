from django.urls import path

from hongyan.faces.console.machine import views

urlpatterns = [
    path("console/services", views.services, name="services"),
    path("console/services/<str:name>/restart", views.restart, name="service-restart"),
    path("console/logs", views.logs, name="logs"),
]
