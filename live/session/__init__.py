"""One connection's protocol, whatever carries it: commands come in, frames go out. Doors make sessions and carry for them.

    door -> Session.receive -> commands -> subscriptions -> (views of the hub) -> writer -> door
"""
