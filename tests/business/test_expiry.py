"""A wait that is over when this process has stood still: what came meanwhile counts."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time

from twisted.internet.task import Clock

from business.guards.expiry import Expiry

STOPPED = """
import sys, time
from twisted.internet import reactor
from twisted.internet.protocol import DatagramProtocol
from business.guards.expiry import Expiry

class Ear(DatagramProtocol):
    def datagramReceived(self, data, where):
        print("came", flush=True)
        expiry.cancel()
        reactor.stop()

def late():
    print("late", flush=True)
    reactor.stop()

port = reactor.listenUDP(0, Ear(), interface="127.0.0.1")
expiry = Expiry(reactor, 1.0, late)
print(port.getHost().port, flush=True)
reactor.run()
"""


def test_an_answer_that_lay_unread_while_the_process_was_stopped_is_in_time() -> None:
    child = subprocess.Popen([sys.executable, "-c", STOPPED], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    port = int(child.stdout.readline())
    child.send_signal(signal.SIGSTOP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"answer", ("127.0.0.1", port))
    time.sleep(1.5)  # longer than the wait: what is tested is that this time has passed
    child.send_signal(signal.SIGCONT)
    assert child.stdout.readline() == "came\n"
    child.wait(10)


def test_it_is_over_after_its_time_and_not_when_cancelled() -> None:
    clock, late = Clock(), []
    Expiry(clock, 4.0, lambda: late.append("a"))
    Expiry(clock, 4.0, lambda: late.append("b")).cancel()
    clock.advance(3.9)
    assert late == []
    clock.advance(0.2)
    assert late == ["a"]
    assert clock.getDelayedCalls() == []
