from concurrent.futures import ThreadPoolExecutor

from pxectl.store.secret import SIZE, site_secret


def test_key_is_kept_for_the_next_start_and_readable_by_its_owner_only(tmp_path):
    key = site_secret(tmp_path)
    assert len(key) == SIZE
    assert site_secret(tmp_path) == key
    assert (tmp_path / "state" / "secret").stat().st_mode & 0o777 == 0o600


def test_two_sites_have_two_keys(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert site_secret(tmp_path / "a") != site_secret(tmp_path / "b")


def test_a_site_that_does_not_exist_is_not_made_for_a_key(tmp_path):
    path = tmp_path / "none"
    assert len(site_secret(path)) == SIZE
    assert site_secret(path) != site_secret(path)
    assert not path.exists()


def test_a_state_that_can_not_be_written_gives_a_key_for_this_process(tmp_path):
    (tmp_path / "state").write_text("in the way")
    assert len(site_secret(tmp_path)) == SIZE


def test_a_key_cut_short_is_made_anew(tmp_path):
    site_secret(tmp_path)
    (tmp_path / "state" / "secret").write_bytes(b"short")
    key = site_secret(tmp_path)
    assert len(key) == SIZE
    assert site_secret(tmp_path) == key


def test_starting_at_once_gives_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(site_secret, [tmp_path] * 16))
    assert len(keys) == 1
