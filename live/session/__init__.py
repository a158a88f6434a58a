"""One connection's protocol, whatever carries it: commands come in, frames go out.

door -> Session.receive -> commands -> subscriptions -> (views of the hub) -> writer -> door
"""
