# All but main.c, so that the tests can have it without main().
noinst_LTLIBRARIES += libcli.la
libcli_la_SOURCES = \
	%D%/account.c \
	%D%/call.c %D%/call.h \
	%D%/cli.c %D%/cli.h \
	%D%/commands.c \
	%D%/completion.c \
	%D%/create_virtual.c \
	%D%/confirm.c \
	%D%/created.c %D%/created.h \
	%D%/csv.c \
	%D%/doctor.c \
	%D%/doctor/check_account.c \
	%D%/doctor/check_files.c \
	%D%/doctor/check_keys.c \
	%D%/doctor/check_pam.c \
	%D%/doctor/check_policy.c \
	%D%/doctor/check_service.c \
	%D%/doctor/check_ssh.c \
	%D%/doctor/check_sudo.c \
	%D%/doctor/check_system.c \
	%D%/doctor/check_users.c \
	%D%/doctor/doctor.c %D%/doctor/doctor.h \
	%D%/doctor/finding.c %D%/doctor/finding.h \
	%D%/doctor/pam_control.c %D%/doctor/pam_control.h \
	%D%/doctor/pam_entry.c \
	%D%/doctor/pam_judge.c %D%/doctor/pam_judge.h \
	%D%/doctor/pam_line.c %D%/doctor/pam_line.h \
	%D%/doctor/pam_list.c %D%/doctor/pam_list.h \
	%D%/doctor/pam_ours.c %D%/doctor/pam_ours.h \
	%D%/doctor/pam_phases.c \
	%D%/doctor/pam_service.c %D%/doctor/pam_service.h \
	%D%/doctor/pam_stack.c %D%/doctor/pam_stack.h \
	%D%/doctor/person.c %D%/doctor/person.h \
	%D%/doctor/root.c %D%/doctor/root.h \
	%D%/doctor/run.c %D%/doctor/run.h \
	%D%/doctor/settings.c %D%/doctor/settings.h \
	%D%/doctor/sshd_config.c %D%/doctor/sshd_config.h \
	%D%/doctor/sshd_match.c \
	%D%/enable.c \
	%D%/help.c \
	%D%/import.c %D%/import.h \
	%D%/import_google.c \
	%D%/import_list.c %D%/import_list.h \
	%D%/import_oath.c \
	%D%/import_read.c %D%/import_read.h \
	%D%/import_tokens.c \
	%D%/import_u2f.c \
	%D%/init.c %D%/init.h \
	%D%/operation.c \
	%D%/options.c %D%/options.h \
	%D%/output.c %D%/output.h \
	%D%/policy.c \
	%D%/pskc.c %D%/pskc.h \
	%D%/pskc_crypt.c %D%/pskc_crypt.h \
	%D%/qr.c %D%/qr.h \
	%D%/recovery.c %D%/recovery.h \
	%D%/table.c \
	%D%/talk.c %D%/talk.h \
	%D%/terminal.c %D%/terminal.h \
	%D%/token.c %D%/token.h \
	%D%/wizard.c %D%/wizard.h \
	%D%/wizard_assign.c \
	%D%/wizard_devices.c \
	%D%/wizard_recovery.c
libcli_la_CPPFLAGS = $(AM_CPPFLAGS) -DMFA_VERSION='"$(VERSION)"' \
	-DMFA_PAM_DIR='"$(pamdir)"'
libcli_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(QRENCODE_CFLAGS) \
	$(PNG_CFLAGS) $(PSKC_CFLAGS) $(LIBXML_CFLAGS) $(CRYPTO_CFLAGS)
libcli_la_LIBADD = libpolicy.la libotp.la libwire.la libbase.la $(JANSSON_LIBS) \
	$(QRENCODE_LIBS) $(PNG_LIBS) $(PSKC_LIBS) $(LIBXML_LIBS) \
	$(CRYPTO_LIBS) $(CSV_LIBS)

bin_PROGRAMS += awsmfa
awsmfa_SOURCES = %D%/main.c
awsmfa_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
awsmfa_LDADD = libcli.la
dist_man_MANS += %D%/awsmfa.1
