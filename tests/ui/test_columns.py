from pxectl.ui.columns import columns


def test_columns_are_as_wide_as_their_widest_text():
    assert columns(("NAME", "MAC"), [("node1", "x"), ("n", "yy")]) == (
        "NAME   MAC\nnode1  x\nn      yy\n"
    )


def test_no_rows_leave_the_headers():
    assert columns(("A", "B"), []) == "A  B\n"


def test_hostile_text_is_made_printable():
    assert "\x1b" not in columns(("A",), [("\x1b[2J",)])
