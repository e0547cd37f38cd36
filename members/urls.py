"""Names ``members:…``."""

from django.urls import path

from members import views

app_name = "members"
urlpatterns = [
    path("members/", views.member_list, name="member_list"),
    path("members/new/", views.member_new, name="member_new"),
    path("members/<uuid:uuid>/", views.member_detail, name="member_detail"),
    path("members/<uuid:uuid>/edit/", views.member_edit, name="member_edit"),
    path("members/<uuid:uuid>/archive/", views.member_archive, name="member_archive"),
    path("companies/", views.company_list, name="company_list"),
    path("companies/new/", views.company_new, name="company_new"),
    path("companies/options/", views.company_options, name="company_options"),
    path("companies/<uuid:uuid>/", views.company_detail, name="company_detail"),
    path("companies/<uuid:uuid>/edit/", views.company_edit, name="company_edit"),
]
