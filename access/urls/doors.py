"""Runs, people, and the state of the doors."""

from django.urls import path, re_path

from access.views import door, overview, people, runs

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("sites/<uuid:uuid>/seats/", overview.seats, name="seats"),
    path("sites/<uuid:uuid>/sync/", overview.sync_now, name="sync_now"),
    path("sites/<uuid:uuid>/state/", overview.sync_state, name="sync_state"),
    path("runs/", runs.run_list, name="run_list"),
    path("runs/<uuid:uuid>/", runs.run_detail, name="run_detail"),
    path("runs/<uuid:uuid>/go-on/", runs.run_go_on, name="run_go_on"),
    path("steps/<int:pk>/undo/", runs.step_undo, name="step_undo"),
    path("members/<uuid:uuid>/", door.member_doors, name="member_doors"),
    path("members/<uuid:uuid>/why/", door.member_why, name="member_why"),
    path("members/<uuid:uuid>/sync/", people.member_sync, name="member_sync"),
    path("payments/<uuid:uuid>/", door.payment_doors, name="payment_doors"),
    path("users/<int:pk>/who/", people.user_adopt, name="user_adopt"),
    path("users/<int:pk>/unsubscribe/", people.user_unsubscribe, name="user_unsubscribe"),
    re_path(rf"^users/(?P<pk>\d+)/(?P<deed>{people.DEEDS})/$", people.user_do, name="user_do"),
]
