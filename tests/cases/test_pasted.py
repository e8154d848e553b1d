"""What is pasted in haste is read as what points to a person, and one post has one key however it is shared."""

import pytest

from cases.intake import pasted
from cases.intake.addresses import key_of, page_of

POST = "https://www.instagram.com/p/C0mpl3x_Id/"
PASTED = [
    ("98765 43210", [("phone", "+919876543210")], []),
    ("+91-98765-43210", [("phone", "+919876543210")], []),
    ("०९८७६५४३२१०", [("phone", "+919876543210")], []),
    ("0744-2500100", [("phone", "+917442500100")], []),
    ("333001 9876543210", [("phone", "+919876543210")], ["333001"]),
    ("PIN 333 001", [], ["333001"]),
    ("9876543210\n9876543211", [("phone", "+919876543210"), ("phone", "+919876543211")], []),
    ("a.k@mail.example", [("email", "a.k@mail.example")], []),
    ("look at @aarav.k.", [("handle", "aarav.k")], []),
    ("aarav_k", [("handle", "aarav_k")], []),
    ("two words", [], []),
    ("https://x.com/aarav/status/123", [("url", "https://x.com/aarav/status/123"), ("handle", "aarav")], []),
    ("instagram.com/aarav.k/", [("url", "https://instagram.com/aarav.k/"), ("handle", "aarav.k")], []),
    (
        "https://www.facebook.com/profile.php?id=100000000000002",
        [("url", "https://www.facebook.com/profile.php?id=100000000000002"), ("account", "100000000000002")],
        [],
    ),
    ("17841400000000001", [("account", "17841400000000001")], []),
    ("", [], []),
]


@pytest.mark.parametrize(("text", "pointers", "pins"), PASTED)
def test_what_is_pasted_is_read(text: str, pointers: list[tuple[str, str]], pins: list[str]) -> None:
    clues = pasted.read(text, words=True)
    assert [(pointer.kind, pointer.value) for pointer in clues.pointers] == pointers
    assert list(clues.pins) == pins


SAME = [
    (POST, "instagram.com/p/C0mpl3x_Id?igsh=MWx&utm_source=share"),
    (POST, "http://INSTAGRAM.com/p/C0mpl3x_Id"),
    ("https://twitter.com/a/status/1?s=20&t=x", "https://mobile.x.com/a/status/1"),
    ("https://youtu.be/AbC_d?si=1", "https://www.youtube.com/watch?v=AbC_d&feature=share"),
    ("https://m.facebook.com/story.php?story_fbid=1&id=2", "https://www.facebook.com/story.php?id=2&story_fbid=1"),
]
OTHER = [
    (POST, POST.lower()),
    ("https://www.youtube.com/watch?v=a", "https://www.youtube.com/watch?v=b"),
    ("https://house.example/" + "x" * 600 + "1", "https://house.example/" + "x" * 600 + "2"),
]


def test_one_post_has_one_key_however_it_is_shared() -> None:
    for one, two in SAME:
        assert key_of(one) == key_of(two)
    for one, two in OTHER:
        assert key_of(one) != key_of(two)
    for rubbish in ("", " ", "http://[", "://", "https://", "a b", "mailto:x@y", "\ud83d", "https://x.com:port/a"):
        assert isinstance(key_of(rubbish), str)
        assert page_of(rubbish) is not None


PAGES = [
    ("https://www.instagram.com/reel/X1/", ("instagram", "", "", True)),
    ("https://www.instagram.com/aarav/p/X1/", ("instagram", "aarav", "", True)),
    ("https://www.instagram.com/stories/aarav/77/", ("instagram", "aarav", "", True)),
    ("https://www.instagram.com/aarav", ("instagram", "aarav", "", False)),
    ("https://www.instagram.com/", ("instagram", "", "", False)),
    ("https://www.facebook.com/aarav.k/posts/9", ("facebook", "aarav.k", "", True)),
    ("https://www.facebook.com/1000001/posts/9", ("facebook", "", "1000001", True)),
    ("https://www.facebook.com/people/Aarav/1000001/", ("facebook", "", "1000001", False)),
    ("https://x.com/aarav", ("x", "aarav", "", False)),
    ("https://x.com/i/user/55", ("x", "", "55", False)),
    ("https://www.youtube.com/@aarav", ("youtube", "aarav", "", False)),
    ("https://www.youtube.com/channel/UC01", ("youtube", "", "UC01", False)),
    ("https://www.youtube.com/shorts/abc", ("youtube", "", "", True)),
    ("https://elsewhere.example/aarav", ("", "", "", True)),
]


@pytest.mark.parametrize(("address", "what"), PAGES)
def test_a_page_says_whose_it_is(address: str, what: tuple[str, str, str, bool]) -> None:
    assert tuple(page_of(address)) == what
