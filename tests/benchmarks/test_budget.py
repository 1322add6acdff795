from flowbrush.benchmarks.budget import Budget


def test_rounds_end_when_the_time_of_a_part_is_over():
    now = [0.0]
    budget, counts = Budget(100, 2, lambda: now[0]), []
    for seconds in (20, 40):
        budget.start_part()
        counts.append(0)
        for _ in budget.rounds(9, "part"):
            now[0] += seconds
            counts[-1] += 1
    assert counts == [3, 1]  # 50 s are over after 60, and 40 s are left


def test_a_part_is_measured_once_even_without_time():
    budget = Budget(0, 1)
    budget.start_part()
    assert budget.is_spent and list(budget.rounds(5, "part")) == [0]
