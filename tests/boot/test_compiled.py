from jinja2 import DictLoader, Environment

from pxectl.boot.compiled import KEPT, Compiled


def render(cache, name, text):
    environment = Environment(loader=DictLoader({name: text}), bytecode_cache=cache)
    return environment.get_template(name).render(n=1)


def test_a_text_is_compiled_once_and_another_of_its_name_anew():
    cache = Compiled()

    assert [render(cache, "a", text) for text in ("x{{ n }}", "x{{ n }}", "y{{ n }}")] == [
        "x1", "x1", "y1",
    ]  # fmt: skip
    assert len(cache._code) == 2


def test_it_is_bounded_and_forgets_the_oldest():
    cache = Compiled()
    for number in range(KEPT):
        cache._code[str(number), ""] = compile("0", "x", "eval")
    render(cache, "a", "x{{ n }}")

    assert len(cache._code) == KEPT
    assert ("0", "") not in cache._code
