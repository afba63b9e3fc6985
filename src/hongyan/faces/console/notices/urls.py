from django.urls import path

from hongyan.faces.console.notices import views

urlpatterns = [
    path("console/notices", views.index, name="notices"),
    path("console/notices/hours", views.hours, name="notice-hours"),
    path("console/notices/<str:notice>/<str:locale>", views.edit, name="notice"),
    path("console/notices/<str:notice>/<str:locale>/reset", views.reset, name="notice-reset"),
]
