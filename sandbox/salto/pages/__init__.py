"""The pages of SALTO KS: the sign-in page, the console that plays its web app, and a door."""
