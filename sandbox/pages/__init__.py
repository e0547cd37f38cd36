"""The sandbox's pages: accounts, readers one can hold a card to, and mischief."""
