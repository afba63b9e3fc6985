from django.urls import path

from hongyan.faces.console.releases import views

urlpatterns = [
    path("console/releases", views.index, name="releases"),
    path("console/releases/<int:number>", views.show, name="release"),
    path("console/releases/<int:number>/back", views.back, name="release-back"),
]
