"""Stop texts: the answer ends before the first one, and text that only resembles one is kept."""

from core.inference.stop_texts import StopWatch


def streamed(pieces: list[str], *stops: str) -> tuple[list[str], bool]:
    watch = StopWatch(stops)
    out = []
    for piece in pieces:
        out.append(watch.push(piece))
        if watch.stopped:
            return out, True
    return [*out, watch.rest()], False


def test_text_ends_before_the_first_stop_even_across_pieces():
    assert streamed(["Hello ", "wo", "rld END", " more"], "END") == (["Hello ", "wo", "rld "], True)
    assert streamed(["ab", "cd"], "bc") == (["a", ""], True)
    assert streamed(["one two three"], "three", "two") == (["one "], True)


def test_text_that_only_begins_like_a_stop_comes_through():
    pieces, stopped = streamed(["ab", "ac", "ab"], "abc")
    assert ("".join(pieces), stopped) == ("abacab", False)
    assert pieces[0] == ""
