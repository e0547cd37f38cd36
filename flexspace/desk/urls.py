"""Names ``desk:…``."""

from django.urls import path

import billing.urls  # noqa: F401  (registers <payer:kind>)
from flexspace.desk.views import cart, door, money, page, screen, signup

app_name = "desk"
urlpatterns = [
    path("", page.sell, name="sell"),
    path("find/", page.found, name="found"),
    path("today/", page.today, name="today"),
    path("drop-in/", door.drop_in, name="drop_in"),
    path("check-in/<uuid:uuid>/", door.check_in, name="check_in"),
    path("check-in/<int:pk>/undo/", door.check_in_undo, name="check_in_undo"),
    path("<payer:kind>/<uuid:uuid>/add/", cart.add_first, name="add_first"),
    path("<payer:kind>/<uuid:uuid>/collect/", money.collect_owed, name="collect"),
    path("<payer:kind>/<uuid:uuid>/sign-up/", signup.sign_up, name="sign_up"),
    path("<payer:kind>/<uuid:uuid>/sign-up/preview/", signup.sign_up_preview, name="sign_up_preview"),
    path("<uuid:uuid>/", page.sale, name="sale"),
    path("<uuid:uuid>/live/", page.live, name="live"),
    path("<uuid:uuid>/add/", cart.add, name="add"),
    path("<uuid:uuid>/lines/<int:line>/move/", cart.move, name="move"),
    path("<uuid:uuid>/lines/<int:line>/remove/", cart.remove, name="remove"),
    path("<uuid:uuid>/choose/", cart.choose, name="choose"),
    path("<uuid:uuid>/park/", cart.park, name="park"),
    path("<uuid:uuid>/resume/", cart.resume, name="resume"),
    path("<uuid:uuid>/drop/", cart.drop, name="drop"),
    path("<uuid:uuid>/charge/", money.charge, name="charge"),
    path("<uuid:uuid>/show/", screen.show, name="show"),
    path("<uuid:uuid>/link/", money.link, name="link"),
    path("<uuid:uuid>/split/", money.split, name="split"),
    path("<uuid:uuid>/cash/", money.cash, name="cash"),
    path("<uuid:uuid>/complete/", money.complete, name="complete"),
]
