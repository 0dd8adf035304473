"""What every recipe comes to on every firmware; `python -m tests.installers` writes it anew.

Look at the difference before it is committed: this is what machines would run.
"""

from pathlib import Path

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import Decision, decide
from pxectl.boot.profile import Profile
from pxectl.boot.rules import Rules
from pxectl.boot.script import render_template, script_for, template_context
from pxectl.boot.site import Site
from pxectl.boot.urls import Urls
from pxectl.errors import PxectlError
from pxectl.store.recipes import find_recipe, recipe_names
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NOW, machine, site

GOLDEN = Path(__file__).parent / "data/installers"
URLS = Urls("http://10.77.0.1:8080", "TOKEN")
CLIENTS = [
    Client(MAC1, arch, Firmware.IPXE) for arch in (Arch.X86_BIOS, Arch.X64_UEFI, Arch.ARM64_UEFI)
]
VARS = {
    "disk": "/dev/nvme0n1",
    "password_hash": "$6$salt$hash",
    "ssh_key": "ssh-ed25519 AAAA ann@lab",
    "token": "s3cret",
    "vip": "10.77.0.9",
}
SETTINGS = {
    "alpine": [{}, {"branch": "v3.20", "apkovl": "node1.apkovl.tar.gz"}],
    "custom-ipxe": [{"url": "https://example.org/menu.ipxe"}, {"text": "#!ipxe\nconfig\nshell\n"}],
    "debian": [{}, {"preseed": "debian/preseed.cfg", "mirror": "http://10.77.0.5/debian"}],
    "elemental": [{"config": "elemental.yaml"}],
    "fedora-coreos": [
        {"version": "42.20250410.3.1", "ignition": "fedora-coreos/ignition.json"},
        {"version": "42.20250410.3.1", "ignition": "own.ign", "install_dev": "/dev/sda"},
    ],
    "flatcar": [{}, {"channel": "beta", "ignition": "flatcar/ignition.json", "autologin": True}],
    "harvester": [{"config": "harvester/create.yaml"}],
    "hook": [{"grpc_authority": "10.77.0.5:42113", "vlan_id": "16"}],
    "memtest": [{"console": "ttyS0,115200"}],
    "nixos": [
        {"init": "/nix/store/abc-nixos-system-lab-24.05/init"},
        {"init": "/nix/store/abc/init", "pwhash": "{{ vars.password_hash }}"},
    ],
    "opensuse": [{"autoyast": "opensuse/autoyast.xml"}, {"agama": "opensuse/agama.json"}],
    "osie": [
        {},
        {"pwhash": "{{ vars.password_hash }}"},
        {"state": "deprovisioning", "eclypsium_token": "{{ vars.token | default('t') }}"},
        {"action": "workflow", "grpc_authority": "10.77.0.5:42113", "docker_registry": "10.77.0.5"},
        {"action": "rescue"},
        {"action": "discover"},
    ],
    "proxmox": [{}, {"auto": True}],
    "rancher": [{}, {"cloud_config": "cloud.yaml"}],
    "rhel": [{"kickstart": "rhel/ks.cfg"}, {"repo": "rhel/9"}],
    "talos": [{}, {"config": "controlplane.yaml"}],
    "ubuntu": [{}, {"autoinstall": "ubuntu"}],
    "vmware-esxi": [{}, {"version": "6.7", "kickstart": "vmware-esxi/ks.cfg"}],
    "windows": [{}, {"startnet": "windows/startnet.cmd", "unattend": "answers.xml"}],
}
"""What profiles set, for those recipes of which there is more to see than the defaults."""


def golden(name: str) -> str:
    """All that a recipe comes to: scripts by settings and firmware, then its templates."""
    parts = []
    for settings in SETTINGS.get(name, [{}]):
        said = " ".join(f"{key}={value!r}" for key, value in settings.items())
        for client in CLIENTS:
            parts.append(f"==== {client.arch.label} {said}".rstrip())
            parts.append(_script(*_booted(name, settings, client)))
    decision, here = _booted(name, SETTINGS.get(name, [{}])[0], CLIENTS[1])
    for template in find_recipe(name, "").templates:
        context = template_context(CLIENTS[1], decision, here, URLS)
        parts += [f"==== {template}", render_template(template, here, context)]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def _booted(name: str, settings: dict[str, object], client: Client) -> tuple[Decision, Site]:
    recipe = find_recipe(name, "")
    profile = Profile("p", recipe=recipe, settings=settings, cmdline=("quiet",))
    node = machine(profile="p", hostname="node1", vars=VARS)
    here = site(profiles=(profile,), machines=(node,), templates=recipe.templates)
    return decide(client, node, Rules((), {"p": profile}), NOW), here


def _script(decision: Decision, here: Site) -> str:
    try:
        return script_for(decision.facts.client, decision, here, URLS)
    except PxectlError as error:
        return f"error: {error.message}\nhint: {error.hint}"


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for recipe_name in recipe_names():
        (GOLDEN / f"{recipe_name}.txt").write_text(golden(recipe_name))
