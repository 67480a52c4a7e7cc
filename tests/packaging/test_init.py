"""A package's installation makes what "awsmfa init" makes by itself."""
from debian import Debian

LOOK = r"""
getent passwd awsmfa | cut -d : -f 5-
getent group awsmfa | cut -d : -f 4-
find /etc/awsmfa /var/lib/awsmfa /run/awsmfa ! -name awsmfa.conf \
    -printf '%p %y %m %u %g\n' | sort
"""


def test_package_makes_what_init_makes(make_chroot):
    package = Debian(make_chroot(), systemd=False)
    package.install("one")
    made = package.vm.run(LOOK).out
    assert "/etc/awsmfa/host.key f 600 awsmfa awsmfa" in made
    assert "/run/awsmfa/sessions d 700 awsmfa awsmfa" in made

    alone = make_chroot()
    alone.run("dpkg-deb -x /root/packages/one/awsmfa_*.deb /mnt && "
              "cp /mnt/usr/bin/awsmfa /usr/bin/")
    alone.run("awsmfa", "init")
    assert alone.run(LOOK).out == made


def test_init_after_the_package_has_nothing_to_do(make_chroot):
    package = Debian(make_chroot(), systemd=False)
    package.install("one")
    assert package.awsmfa("init").out == "everything is there already\n"
    again = package.vm.run("systemd-sysusers awsmfa.conf; "
                           "systemd-tmpfiles --create awsmfa.conf")
    assert again.out + again.err == ""
    assert package.awsmfa("init").out == "everything is there already\n"
