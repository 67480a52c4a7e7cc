# Settings, examples, and what systemd reads. Places are filled in by make, as
# configure's variables hold other variables.
edit_places = $(SED) \
	-e 's|@libexecdir[@]|$(libexecdir)|g' \
	-e 's|@localstatedir[@]|$(localstatedir)|g' \
	-e 's|@mfa_user[@]|$(mfa_user)|g' \
	-e 's|@runstatedir[@]|$(runstatedir)|g' \
	-e 's|@sysconfdir[@]|$(sysconfdir)|g'

units = \
	%D%/systemd/awsmfa-login.service \
	%D%/systemd/awsmfa-login.socket \
	%D%/systemd/awsmfa-user.service \
	%D%/systemd/awsmfa-user.socket
sysusers = %D%/sysusers.d/awsmfa.conf
tmpfiles = %D%/tmpfiles.d/awsmfa.conf
udevrules = %D%/udev/70-awsmfa-fido.rules

if SYSTEMD
systemdsystemunit_DATA = $(units)
sysusers_DATA = $(sysusers)
tmpfiles_DATA = $(tmpfiles)
else
noinst_DATA = $(units) $(sysusers) $(tmpfiles)
endif
# udev is there without systemd too.
udevrules_DATA = $(udevrules)

EXTRA_DIST += \
	%D%/systemd/awsmfa-login.service.in \
	%D%/systemd/awsmfa-login.socket.in \
	%D%/systemd/awsmfa-user.service.in \
	%D%/systemd/awsmfa-user.socket.in \
	%D%/sysusers.d/awsmfa.conf.in \
	%D%/tmpfiles.d/awsmfa.conf.in \
	%D%/udev/70-awsmfa-fido.rules.in
CLEANFILES += $(units) $(sysusers) $(tmpfiles) $(udevrules)

$(units) $(sysusers) $(tmpfiles) $(udevrules): Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	    $(edit_places) '$(srcdir)/$@.in' >$@.tmp && mv $@.tmp $@
%D%/systemd/awsmfa-login.service: $(srcdir)/%D%/systemd/awsmfa-login.service.in
%D%/systemd/awsmfa-login.socket: $(srcdir)/%D%/systemd/awsmfa-login.socket.in
%D%/systemd/awsmfa-user.service: $(srcdir)/%D%/systemd/awsmfa-user.service.in
%D%/systemd/awsmfa-user.socket: $(srcdir)/%D%/systemd/awsmfa-user.socket.in
%D%/sysusers.d/awsmfa.conf: $(srcdir)/%D%/sysusers.d/awsmfa.conf.in
%D%/tmpfiles.d/awsmfa.conf: $(srcdir)/%D%/tmpfiles.d/awsmfa.conf.in
%D%/udev/70-awsmfa-fido.rules: $(srcdir)/%D%/udev/70-awsmfa-fido.rules.in

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = %D%/bash-completion/awsmfa

dist_man_MANS += %D%/awsmfa.conf.5 %D%/awsmfa-policy.5
dist_doc_DATA = README COPYING
examplesdir = $(docdir)/examples
dist_examples_DATA = %D%/awsmfa.conf %D%/policy.json
filterexamplesdir = $(examplesdir)/fail2ban/filter.d
dist_filterexamples_DATA = %D%/fail2ban/filter.d/awsmfa.conf
jailexamplesdir = $(examplesdir)/fail2ban/jail.d
dist_jailexamples_DATA = %D%/fail2ban/jail.d/awsmfa.conf
pamexamplesdir = $(examplesdir)/pam.d
dist_pamexamples_DATA = \
	%D%/pam.d/login \
	%D%/pam.d/sshd \
	%D%/pam.d/su \
	%D%/pam.d/sudo

# awsmfa.conf is the administrator's from then on: never overwritten, and
# removed only where it is as it was installed.
install-data-local:
	@$(NORMAL_INSTALL)
	$(INSTALL) -d -m 755 '$(DESTDIR)$(sysconfdir)/awsmfa'
	@if test -e '$(DESTDIR)$(sysconfdir)/awsmfa/awsmfa.conf'; then \
		echo ' $(sysconfdir)/awsmfa/awsmfa.conf is there, and kept'; \
	else \
		echo ' $(INSTALL_DATA) awsmfa.conf $(sysconfdir)/awsmfa'; \
		$(INSTALL_DATA) '$(srcdir)/%D%/awsmfa.conf' \
		    '$(DESTDIR)$(sysconfdir)/awsmfa/awsmfa.conf'; \
	fi

uninstall-local:
	@if cmp -s '$(srcdir)/%D%/awsmfa.conf' \
	    '$(DESTDIR)$(sysconfdir)/awsmfa/awsmfa.conf'; then \
		rm -f '$(DESTDIR)$(sysconfdir)/awsmfa/awsmfa.conf'; \
	fi
	-rmdir '$(DESTDIR)$(sysconfdir)/awsmfa' 2>/dev/null

# Whole files for common hosts, as they lie under /.
host_examples = \
	%D%/examples/README \
	%D%/examples/bastion/README \
	%D%/examples/bastion/etc/awsmfa/policy.json \
	%D%/examples/bastion/etc/pam.d/sshd \
	%D%/examples/bastion/etc/ssh/sshd_config.d/awsmfa.conf \
	%D%/examples/break-glass/README \
	%D%/examples/break-glass/etc/awsmfa/policy.json \
	%D%/examples/break-glass/etc/pam.d/login \
	%D%/examples/break-glass/etc/pam.d/sshd \
	%D%/examples/break-glass/etc/ssh/sshd_config.d/awsmfa.conf \
	%D%/examples/console/README \
	%D%/examples/console/etc/awsmfa/awsmfa.conf \
	%D%/examples/console/etc/pam.d/login \
	%D%/examples/help-desk/README \
	%D%/examples/help-desk/etc/pam.d/sudo \
	%D%/examples/help-desk/etc/pam.d/sudo-i \
	%D%/examples/help-desk/etc/sudoers.d/awsmfa-help-desk \
	%D%/examples/sudo-fleet/README \
	%D%/examples/sudo-fleet/etc/awsmfa/policy.json \
	%D%/examples/sudo-fleet/etc/pam.d/sudo \
	%D%/examples/sudo-fleet/etc/pam.d/sudo-i \
	%D%/examples/sudo-fleet/etc/sudoers.d/awsmfa
EXTRA_DIST += $(host_examples)
install-data-local: install-host-examples
install-host-examples:
	cd $(srcdir)/conf && for file in $(host_examples); do \
		$(MKDIR_P) "$(DESTDIR)$(docdir)/$$(dirname "$${file#conf/}")" && \
		$(INSTALL_DATA) "$${file#conf/}" \
		    "$(DESTDIR)$(docdir)/$${file#conf/}" || exit 1; \
	done
uninstall-local: uninstall-host-examples
uninstall-host-examples:
	for file in $(host_examples); do \
		rm -f "$(DESTDIR)$(docdir)/$${file#conf/}"; \
	done
	cd "$(DESTDIR)$(examplesdir)" && \
	    find bastion break-glass console help-desk sudo-fleet -depth \
	    -type d -empty -delete || :
.PHONY: install-host-examples uninstall-host-examples
