from pxectl.boot.memory import Memory


def test_each_server_remembers_for_itself():
    assert Memory().leases is not Memory().leases
    assert len(Memory().visits) == len(Memory().leases) == 0
