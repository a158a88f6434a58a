"""What goes over the wire, as types: commands in, messages out, announcements between processes. No I/O, no clock."""
