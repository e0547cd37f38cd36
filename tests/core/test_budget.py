"""What strangers can cause in a minute."""

from flexspace.core.budget import Budget


def test_everybody_has_a_budget_and_a_minute_later_a_new_one():
    clock = [0.0]
    budget = Budget(each=3, overall=100, clock=lambda: clock[0])
    assert [budget.spend("a") for _ in range(5)] == [2, 1, 0, None, None]
    assert budget.spend("b") == 2
    clock[0] = 59.9
    assert budget.spend("a") is None
    clock[0] = 60.0
    assert budget.spend("a") == 2


def test_all_together_are_bounded_and_so_is_what_is_remembered():
    budget = Budget(each=3, overall=10, clock=lambda: 0.0)
    spent = [budget.spend(number) for number in range(10_000)]
    assert (spent[:8], spent[8:11]) == ([2] * 8, [1, 0, None])
    assert (set(spent[11:]), len(budget._spent)) == ({None}, 10)
