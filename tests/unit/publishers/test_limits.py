"""Every limit of a feed is a key of section [feed], with the same default."""

import attrs

from qenus.config import FeedConfig, load
from qenus.line import Line
from qenus.publishers.limits import FeedLimits
from qenus.publishers.nng import Feed

ADDRESS = "ipc:///tmp/qenus/feed.ipc"


def test_each_limit_has_its_key_and_the_same_default():
    config = FeedConfig((ADDRESS,))
    for name, value in attrs.asdict(FeedLimits()).items():
        assert getattr(config, name) == value


def test_the_shown_configuration_names_every_limit_with_its_default(request):
    path = request.config.rootpath / "conf" / "qenus.toml"
    shown = load(path).feed
    text = path.read_text()
    for name, value in attrs.asdict(FeedLimits()).items():
        assert getattr(shown, name) == value
        assert f"\n{name} = " in text


def test_the_largest_frame_fits_into_a_feeds_mailbox_whatever_its_limits():
    line = Line("a", bytes(16), journal_bytes=1 << 20)
    feed = Feed(line, (ADDRESS,), 100, 0.0, 0.0, FeedLimits(send_buffer_bytes=1 << 20))
    assert feed.reader.mailbox.snapshot().capacity_bytes > 64 << 20
