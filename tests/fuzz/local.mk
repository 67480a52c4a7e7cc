# Fuzz targets. "make check" replays their corpora, and mutations of them,
# without a fuzzer; "configure --with-fuzzer=libfuzzer CC=clang" has "make"
# build the fuzzers, which "make fuzz" runs; see README.
#
# All libraries for each: what a target does not use is not linked.
fuzz_libs = libmfa.la libpolicy.la libstore.la libfido.la libotp.la \
	libwire.la libbase.la $(LIBCONFIG_LIBS) $(JANSSON_LIBS) $(CRYPTO_LIBS)
fuzz_cli_libs = libcli.la $(fuzz_libs)
fuzz_call_ldflags = -Wl,--wrap=terminal_open
fuzz_endpoint_libs = libendpoint.la $(fuzz_libs)
fuzz_headers = %D%/fido_ours.h %D%/fido_seeds.h %D%/fuzz.h
fuzz_bed = %D%/fuzzbed.c %D%/fuzzbed.h
fuzz_parts = %D%/parts.c %D%/parts.h
# The endpoint without its log, its key worker and the waits of its denials.
fuzz_connection = $(fuzz_bed) %D%/fuzzstate.c \
	%D%/connection.c %D%/connection.h %D%/quiet.c $(fuzz_parts)
fuzz_quiet_ldflags = -Wl,--wrap=clock_nanosleep,--wrap=syslog \
	-Wl,--wrap=__syslog_chk,--wrap=spawn_worker
# The module on a libpam of the target's, and with its end of a connection.
fuzz_relay = %D%/fakepam.c %D%/fakepam.h $(fuzz_parts) \
	pam/answer.c pam/arguments.c pam/conversation.c pam/finished.c \
	pam/interrupt.c pam/kept.c pam/log.c pam/outcome.c pam/pam_awsmfa.c \
	pam/pending.c pam/phase.c pam/report.c pam/request.c pam/signin.c
fuzz_relay_ldflags = -Wl,--wrap=client_open,--wrap=agent_socket_open
EXTRA_DIST += %D%/corpus %D%/dict %D%/make_ssh_seeds.py \
	%D%/make_text_seeds.py $(fuzz_headers)

fuzz_replays = \
	%D%/replay_agent \
	%D%/replay_arguments \
	%D%/replay_call \
	%D%/replay_csv \
	%D%/replay_devfile \
	%D%/replay_doctor \
	%D%/replay_endpoint \
	%D%/replay_fido \
	%D%/replay_import \
	%D%/replay_keymsg \
	%D%/replay_ledger \
	%D%/replay_pamd \
	%D%/replay_policy \
	%D%/replay_pskc \
	%D%/replay_record \
	%D%/replay_relay \
	%D%/replay_settings \
	%D%/replay_signin \
	%D%/replay_ssh_info \
	%D%/replay_sshsig \
	%D%/replay_ticket \
	%D%/replay_typed
check_PROGRAMS += $(fuzz_replays)
TESTS += $(fuzz_replays)

tests_fuzz_replay_agent_SOURCES = %D%/replay.c %D%/fuzz_agent.c
tests_fuzz_replay_agent_LDADD = $(fuzz_libs)
tests_fuzz_replay_arguments_SOURCES = %D%/replay.c %D%/fuzz_arguments.c \
	pam/arguments.c
tests_fuzz_replay_arguments_LDADD = $(fuzz_libs)
tests_fuzz_replay_call_SOURCES = %D%/replay.c %D%/fuzz_call.c \
	$(fuzz_parts)
tests_fuzz_replay_call_LDFLAGS = $(AM_LDFLAGS) $(fuzz_call_ldflags)
tests_fuzz_replay_call_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_replay_call_LDADD = $(fuzz_cli_libs)
tests_fuzz_replay_csv_SOURCES = %D%/replay.c %D%/fuzz_csv.c
tests_fuzz_replay_csv_LDADD = $(fuzz_cli_libs)
tests_fuzz_replay_devfile_SOURCES = %D%/replay.c %D%/fuzz_devfile.c \
	$(fuzz_bed)
tests_fuzz_replay_devfile_LDADD = $(fuzz_libs)
tests_fuzz_replay_doctor_SOURCES = %D%/replay.c %D%/fuzz_doctor.c
tests_fuzz_replay_doctor_LDADD = $(fuzz_cli_libs)
tests_fuzz_replay_endpoint_SOURCES = %D%/replay.c %D%/fuzz_endpoint.c \
	$(fuzz_connection)
tests_fuzz_replay_endpoint_LDFLAGS = $(AM_LDFLAGS) $(fuzz_quiet_ldflags)
tests_fuzz_replay_endpoint_LDADD = $(fuzz_endpoint_libs)
tests_fuzz_replay_fido_SOURCES = %D%/replay.c %D%/fuzz_fido.c
tests_fuzz_replay_fido_LDADD = $(fuzz_libs)
tests_fuzz_replay_import_SOURCES = %D%/replay.c %D%/fuzz_import.c
tests_fuzz_replay_import_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_replay_import_LDADD = $(fuzz_cli_libs)
tests_fuzz_replay_keymsg_SOURCES = %D%/replay.c %D%/fuzz_keymsg.c
tests_fuzz_replay_keymsg_LDADD = $(fuzz_libs)
tests_fuzz_replay_ledger_SOURCES = %D%/replay.c %D%/fuzz_ledger.c \
	$(fuzz_bed)
tests_fuzz_replay_ledger_LDADD = $(fuzz_libs)
tests_fuzz_replay_pamd_SOURCES = %D%/replay.c %D%/fuzz_pamd.c \
	$(fuzz_parts)
tests_fuzz_replay_pamd_LDADD = $(fuzz_cli_libs)
tests_fuzz_replay_policy_SOURCES = %D%/replay.c %D%/fuzz_policy.c
tests_fuzz_replay_policy_LDADD = $(fuzz_libs)
tests_fuzz_replay_pskc_SOURCES = %D%/replay.c %D%/fuzz_pskc.c
tests_fuzz_replay_pskc_CFLAGS = $(AM_CFLAGS) $(LIBXML_CFLAGS)
tests_fuzz_replay_pskc_LDADD = $(fuzz_cli_libs)
tests_fuzz_replay_record_SOURCES = %D%/replay.c %D%/fuzz_record.c \
	$(fuzz_bed)
tests_fuzz_replay_record_LDADD = $(fuzz_libs)
tests_fuzz_replay_relay_SOURCES = %D%/replay.c %D%/fuzz_relay.c \
	$(fuzz_relay)
tests_fuzz_replay_relay_LDFLAGS = $(AM_LDFLAGS) $(fuzz_relay_ldflags)
tests_fuzz_replay_relay_LDADD = $(fuzz_libs)
tests_fuzz_replay_settings_SOURCES = %D%/replay.c %D%/fuzz_settings.c \
	$(fuzz_bed)
tests_fuzz_replay_settings_LDADD = $(fuzz_libs)
tests_fuzz_replay_signin_SOURCES = %D%/replay.c %D%/fuzz_signin.c \
	$(fuzz_connection)
tests_fuzz_replay_signin_LDFLAGS = $(AM_LDFLAGS) $(fuzz_quiet_ldflags)
tests_fuzz_replay_signin_LDADD = $(fuzz_endpoint_libs)
tests_fuzz_replay_ssh_info_SOURCES = %D%/replay.c %D%/fuzz_ssh_info.c
tests_fuzz_replay_ssh_info_LDADD = $(fuzz_libs)
tests_fuzz_replay_sshsig_SOURCES = %D%/replay.c %D%/fuzz_sshsig.c
tests_fuzz_replay_sshsig_LDADD = $(fuzz_libs)
tests_fuzz_replay_ticket_SOURCES = %D%/replay.c %D%/fuzz_ticket.c
tests_fuzz_replay_ticket_LDADD = $(fuzz_libs)
tests_fuzz_replay_typed_SOURCES = %D%/replay.c %D%/fuzz_typed.c
tests_fuzz_replay_typed_LDADD = $(fuzz_libs)

# Makes corpora of keys again: tests/fuzz/make_seeds $(srcdir)/tests/fuzz
check_PROGRAMS += tests/fuzz/make_seeds
tests_fuzz_make_seeds_SOURCES = %D%/make_seeds.c %D%/fido_seeds.h \
	tests/support/fidomake.c tests/support/fidomake.h
tests_fuzz_make_seeds_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_fuzz_make_seeds_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_make_seeds_LDADD = libwire.la libbase.la $(CRYPTO_LIBS)

# The same for those of the state: device files, ledgers, whole sign-ins.
check_PROGRAMS += tests/fuzz/make_state_seeds
tests_fuzz_make_state_seeds_SOURCES = %D%/make_state_seeds.c \
	%D%/fuzzstate.c $(fuzz_bed)
tests_fuzz_make_state_seeds_LDADD = $(fuzz_libs)

if FUZZER
fuzzers = \
	%D%/fuzz_agent \
	%D%/fuzz_arguments \
	%D%/fuzz_call \
	%D%/fuzz_csv \
	%D%/fuzz_devfile \
	%D%/fuzz_doctor \
	%D%/fuzz_endpoint \
	%D%/fuzz_fido \
	%D%/fuzz_import \
	%D%/fuzz_keymsg \
	%D%/fuzz_ledger \
	%D%/fuzz_pamd \
	%D%/fuzz_policy \
	%D%/fuzz_pskc \
	%D%/fuzz_record \
	%D%/fuzz_relay \
	%D%/fuzz_settings \
	%D%/fuzz_signin \
	%D%/fuzz_ssh_info \
	%D%/fuzz_sshsig \
	%D%/fuzz_ticket \
	%D%/fuzz_typed
noinst_PROGRAMS = $(fuzzers)
fuzz_ldflags = $(AM_LDFLAGS) $(FUZZER_LDFLAGS)

tests_fuzz_fuzz_agent_SOURCES = %D%/fuzz_agent.c
tests_fuzz_fuzz_agent_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_agent_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_arguments_SOURCES = %D%/fuzz_arguments.c pam/arguments.c
tests_fuzz_fuzz_arguments_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_arguments_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_call_SOURCES = %D%/fuzz_call.c $(fuzz_parts)
tests_fuzz_fuzz_call_LDFLAGS = $(fuzz_ldflags) $(fuzz_call_ldflags)
tests_fuzz_fuzz_call_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_call_LDADD = $(fuzz_cli_libs)
tests_fuzz_fuzz_csv_SOURCES = %D%/fuzz_csv.c
tests_fuzz_fuzz_csv_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_csv_LDADD = $(fuzz_cli_libs)
tests_fuzz_fuzz_devfile_SOURCES = %D%/fuzz_devfile.c $(fuzz_bed)
tests_fuzz_fuzz_devfile_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_devfile_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_doctor_SOURCES = %D%/fuzz_doctor.c
tests_fuzz_fuzz_doctor_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_doctor_LDADD = $(fuzz_cli_libs)
tests_fuzz_fuzz_endpoint_SOURCES = %D%/fuzz_endpoint.c $(fuzz_connection)
tests_fuzz_fuzz_endpoint_LDFLAGS = $(fuzz_ldflags) $(fuzz_quiet_ldflags)
tests_fuzz_fuzz_endpoint_LDADD = $(fuzz_endpoint_libs)
tests_fuzz_fuzz_fido_SOURCES = %D%/fuzz_fido.c
tests_fuzz_fuzz_fido_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_fido_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_import_SOURCES = %D%/fuzz_import.c
tests_fuzz_fuzz_import_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_import_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_import_LDADD = $(fuzz_cli_libs)
tests_fuzz_fuzz_keymsg_SOURCES = %D%/fuzz_keymsg.c
tests_fuzz_fuzz_keymsg_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_keymsg_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_ledger_SOURCES = %D%/fuzz_ledger.c $(fuzz_bed)
tests_fuzz_fuzz_ledger_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_ledger_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_pamd_SOURCES = %D%/fuzz_pamd.c $(fuzz_parts)
tests_fuzz_fuzz_pamd_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_pamd_LDADD = $(fuzz_cli_libs)
tests_fuzz_fuzz_policy_SOURCES = %D%/fuzz_policy.c
tests_fuzz_fuzz_policy_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_policy_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_pskc_SOURCES = %D%/fuzz_pskc.c
tests_fuzz_fuzz_pskc_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_pskc_CFLAGS = $(AM_CFLAGS) $(LIBXML_CFLAGS)
tests_fuzz_fuzz_pskc_LDADD = $(fuzz_cli_libs)
tests_fuzz_fuzz_record_SOURCES = %D%/fuzz_record.c $(fuzz_bed)
tests_fuzz_fuzz_record_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_record_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_relay_SOURCES = %D%/fuzz_relay.c $(fuzz_relay)
tests_fuzz_fuzz_relay_LDFLAGS = $(fuzz_ldflags) $(fuzz_relay_ldflags)
tests_fuzz_fuzz_relay_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_settings_SOURCES = %D%/fuzz_settings.c $(fuzz_bed)
tests_fuzz_fuzz_settings_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_settings_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_signin_SOURCES = %D%/fuzz_signin.c $(fuzz_connection)
tests_fuzz_fuzz_signin_LDFLAGS = $(fuzz_ldflags) $(fuzz_quiet_ldflags)
tests_fuzz_fuzz_signin_LDADD = $(fuzz_endpoint_libs)
tests_fuzz_fuzz_ssh_info_SOURCES = %D%/fuzz_ssh_info.c
tests_fuzz_fuzz_ssh_info_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_ssh_info_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_sshsig_SOURCES = %D%/fuzz_sshsig.c
tests_fuzz_fuzz_sshsig_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_sshsig_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_ticket_SOURCES = %D%/fuzz_ticket.c
tests_fuzz_fuzz_ticket_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_ticket_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_typed_SOURCES = %D%/fuzz_typed.c
tests_fuzz_fuzz_typed_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_typed_LDADD = $(fuzz_libs)

endif

# "make fuzz TARGET=policy SECONDS=600", in a build with fuzzers: what is found
# goes to fuzz/TARGET in the build folder, what crashes to fuzz/crash-*.
TARGET = policy
SECONDS = 60
fuzz:
	$(MAKE) %D%/fuzz_$(TARGET)
	$(MKDIR_P) fuzz/$(TARGET)
	set -- -max_len=16384 -max_total_time=$(SECONDS) \
	    -artifact_prefix=fuzz/ -print_final_stats=1; \
	dict='$(srcdir)/%D%/dict/$(TARGET).dict'; \
	test ! -e "$$dict" || set -- "$$@" "-dict=$$dict"; \
	%D%/fuzz_$(TARGET) "$$@" $(FUZZ_FLAGS) fuzz/$(TARGET) \
	    '$(srcdir)/%D%/corpus/$(TARGET)'
.PHONY: fuzz
