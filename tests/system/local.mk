TESTS += %D%/run.sh %D%/vm.sh
EXTRA_DIST += \
	%D%/bed \
	%D%/bedtest.py \
	%D%/build \
	%D%/conftest.py \
	%D%/demo \
	%D%/demo.py \
	%D%/host.py \
	%D%/inside \
	%D%/keys.py \
	%D%/prepare \
	%D%/run.sh \
	%D%/sshkeys.py \
	%D%/sshtap.py \
	%D%/test_badinput.py \
	%D%/test_denials.py \
	%D%/test_endpoint.py \
	%D%/test_enrol.py \
	%D%/test_key.py \
	%D%/kitchen.py \
	%D%/test_examples.py \
	%D%/test_fail2ban.py \
	%D%/test_import.py \
	%D%/test_locker.py \
	%D%/test_login.py \
	%D%/test_meanwhile.py \
	%D%/test_oneshot.py \
	%D%/test_phases.py \
	%D%/test_policy.py \
	%D%/test_programs.py \
	%D%/test_recovery.py \
	%D%/test_self.py \
	%D%/test_signin.py \
	%D%/test_ssh_recipes.py \
	%D%/test_ssh_tap.py \
	%D%/test_sshkey.py \
	%D%/test_users.py \
	%D%/wire.py \
	%D%/vm.sh \
	%D%/wire.py \
	%D%/vm/boot.py \
	%D%/vm/conftest.py \
	%D%/vm/gadget.py \
	%D%/vm/guest.py \
	%D%/vm/image \
	%D%/vm/rootfs \
	%D%/vm/test_code.py \
	%D%/vm/test_key.py \
	%D%/vm/test_machine.py \
	%D%/vm/test_self.py \
	%D%/vm/tree \
	tests/support/activate \
	tests/support/fake-endpoint \
	tests/support/hostile \
	tests/support/key-gadget \
	tests/support/pamhost.py \
	tests/support/syslog-collector \
	tests/support/vm-agent

# The pictures that README names, made anew; root, and some seconds.
EXTRA_DIST += %D%/pictures %D%/pictures.py tests/support/svgterm.py \
	conf/pictures/prompt.svg conf/pictures/qr-code.svg \
	conf/pictures/wizard.svg
pictures:
	abs_top_srcdir='$(abs_top_srcdir)' \
	    abs_top_builddir='$(abs_top_builddir)' \
	    $(BASH) '$(top_srcdir)/%D%/pictures'
.PHONY: pictures

clean-local: clean-system
clean-system:
	rm -rf system-build
.PHONY: clean-system
