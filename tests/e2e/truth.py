"""The board computed from the messages sent, written a second time and differently: exact fractions, no shared code."""

from fractions import Fraction
from typing import Any

MONEY = ("balance", "equity", "profit", "margin", "freeMargin", "credit")


class Truth:
    """Takes the messages in the order of their timestamps for each account, as the tests send them."""

    def __init__(self, baselines: dict[str, str | None]) -> None:
        self.baselines = {login: Fraction(amount) if amount else None for login, amount in baselines.items()}
        self.state: dict[str, dict[str, Any]] = {login: {} for login in baselines}
        self.peak: dict[str, Fraction] = {login: base for login, base in self.baselines.items() if base is not None}
        self.worst: dict[str, Fraction] = {}

    def take(self, message: dict[str, Any]) -> None:
        login = str(message["login"])
        state = self.state[login]
        for name in (*MONEY, "positions", "orders", "currency", "leverage"):
            if message.get(name) is not None:
                state[name] = Fraction(str(message[name])) if name in MONEY else message[name]
        if message.get("equity") is not None:
            equity = state["equity"]
            peak = self.peak[login] = max(self.peak.get(login, equity), equity)
            self.worst[login] = max(self.worst.get(login, Fraction(0)), (peak - equity) / peak * 100)

    def percentage(self, login: str) -> Fraction | None:
        state: dict[str, Fraction] = self.state[login]
        baseline = self.baselines[login]
        if "equity" not in state:
            return None
        if baseline is not None:
            return (state["equity"] - state.get("credit", 0) - baseline) / baseline * 100
        start = state["balance"] - state["profit"]
        return state["profit"] / start * 100 if start > 0 else Fraction(0)

    def order(self) -> list[str]:
        """The logins of those who have data, best first. (Tests make no ties but by drawdown.)"""
        ranked = [login for login in self.state if self.percentage(login) is not None]
        return sorted(ranked, key=lambda login: (-(self.percentage(login) or 0), self.worst.get(login, Fraction(0))))

    def differences(self, entries: list[dict[str, Any]]) -> list[str]:
        """What is wrong with a board of clients; empty if nothing is."""
        shown = [entry["accountLogin"] for entry in entries if entry["rank"] is not None]
        wrong = [] if shown == self.order() else [f"order: {shown[:20]} instead of {self.order()[:20]}"]
        for entry in entries:
            state = self.state[entry["accountLogin"]]
            wrong += [
                f"{entry['accountLogin']}.{name}: {entry[name]} instead of {float(state[name])}"
                for name in MONEY[:5]
                if name in state and entry[name] != float(state[name])
            ]
            percentage = self.percentage(entry["accountLogin"])
            if percentage is not None and abs(entry["profitPercentage"] - float(percentage)) > 1e-9:
                wrong.append(f"{entry['accountLogin']}: {entry['profitPercentage']} % instead of {float(percentage)} %")
            worst = self.worst.get(entry["accountLogin"])
            if worst is not None and abs(entry["maxDrawdown"] - float(worst)) > 1e-7:
                wrong.append(f"{entry['accountLogin']}: drawdown {entry['maxDrawdown']} instead of {float(worst)}")
        return wrong
