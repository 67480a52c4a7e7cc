# Fuzz targets. "make check" replays their corpora, and mutations of them,
# without a fuzzer; "configure --with-fuzzer=libfuzzer CC=clang" has "make"
# build the fuzzers, to be run as "tests/fuzz/fuzz_NAME -max_len=16384 NEW OLD",
# folders both, OLD that of the corpus.
fuzz_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/tests
fuzz_keymsg_sources = %D%/fuzz_keymsg.c %D%/fuzz.h
fuzz_keymsg_libs = libwire.la libbase.la
fuzz_fido_sources = %D%/fuzz_fido.c %D%/fido_ours.h %D%/fido_seeds.h %D%/fuzz.h
fuzz_fido_libs = libfido.la libbase.la $(CRYPTO_LIBS)
fuzz_sshsig_sources = %D%/fuzz_sshsig.c %D%/fuzz.h tests/unit/ssh_vectors.h
fuzz_sshsig_libs = libfido.la libbase.la $(CRYPTO_LIBS)
fuzz_agent_sources = %D%/fuzz_agent.c %D%/fuzz.h
fuzz_agent_libs = libfido.la libbase.la
fuzz_ssh_info_sources = %D%/fuzz_ssh_info.c %D%/fuzz.h
fuzz_ssh_info_libs = libmfa.la libstore.la libfido.la libotp.la libbase.la \
	$(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
EXTRA_DIST += %D%/corpus %D%/make_ssh_seeds.py
fuzz_policy_sources = %D%/fuzz_policy.c %D%/fuzz.h
fuzz_policy_libs = libpolicy.la libbase.la
fuzz_ticket_sources = %D%/fuzz_ticket.c %D%/fuzz.h
fuzz_ticket_libs = libmfa.la libstore.la libfido.la libotp.la libbase.la \
	$(LIBCONFIG_LIBS) $(CRYPTO_LIBS)

check_PROGRAMS += tests/fuzz/replay_keymsg
tests_fuzz_replay_keymsg_SOURCES = %D%/replay.c $(fuzz_keymsg_sources)
tests_fuzz_replay_keymsg_CPPFLAGS = $(fuzz_cppflags) \
	-DFUZZ_TARGET='"keymsg"'
tests_fuzz_replay_keymsg_LDADD = $(fuzz_keymsg_libs)
TESTS += tests/fuzz/replay_keymsg

check_PROGRAMS += tests/fuzz/replay_fido
tests_fuzz_replay_fido_SOURCES = %D%/replay.c $(fuzz_fido_sources)
tests_fuzz_replay_fido_CPPFLAGS = $(fuzz_cppflags) -DFUZZ_TARGET='"fido"'
tests_fuzz_replay_fido_LDADD = $(fuzz_fido_libs)
TESTS += tests/fuzz/replay_fido

# Its corpus is made again by make_ssh_seeds.py, of the vectors.
check_PROGRAMS += tests/fuzz/replay_sshsig
tests_fuzz_replay_sshsig_SOURCES = %D%/replay.c $(fuzz_sshsig_sources)
tests_fuzz_replay_sshsig_CPPFLAGS = $(fuzz_cppflags) \
	-DFUZZ_TARGET='"sshsig"'
tests_fuzz_replay_sshsig_LDADD = $(fuzz_sshsig_libs)
TESTS += tests/fuzz/replay_sshsig

check_PROGRAMS += tests/fuzz/replay_agent
tests_fuzz_replay_agent_SOURCES = %D%/replay.c $(fuzz_agent_sources)
tests_fuzz_replay_agent_CPPFLAGS = $(fuzz_cppflags) -DFUZZ_TARGET='"agent"'
tests_fuzz_replay_agent_LDADD = $(fuzz_agent_libs)
TESTS += tests/fuzz/replay_agent

check_PROGRAMS += tests/fuzz/replay_ssh_info
tests_fuzz_replay_ssh_info_SOURCES = %D%/replay.c $(fuzz_ssh_info_sources)
tests_fuzz_replay_ssh_info_CPPFLAGS = $(fuzz_cppflags) \
	-DFUZZ_TARGET='"ssh_info"'
tests_fuzz_replay_ssh_info_LDADD = $(fuzz_ssh_info_libs)
TESTS += tests/fuzz/replay_ssh_info

check_PROGRAMS += tests/fuzz/replay_policy
tests_fuzz_replay_policy_SOURCES = %D%/replay.c $(fuzz_policy_sources)
tests_fuzz_replay_policy_CPPFLAGS = $(fuzz_cppflags) \
	-DFUZZ_TARGET='"policy"'
tests_fuzz_replay_policy_LDADD = $(fuzz_policy_libs)
TESTS += tests/fuzz/replay_policy

check_PROGRAMS += tests/fuzz/replay_ticket
tests_fuzz_replay_ticket_SOURCES = %D%/replay.c $(fuzz_ticket_sources)
tests_fuzz_replay_ticket_CPPFLAGS = $(fuzz_cppflags) \
	-DFUZZ_TARGET='"ticket"'
tests_fuzz_replay_ticket_LDADD = $(fuzz_ticket_libs)
TESTS += tests/fuzz/replay_ticket

# Makes corpora of keys again: tests/fuzz/make_seeds $(srcdir)/tests/fuzz
check_PROGRAMS += tests/fuzz/make_seeds
tests_fuzz_make_seeds_SOURCES = %D%/make_seeds.c %D%/fido_seeds.h \
	tests/support/fidomake.c tests/support/fidomake.h
tests_fuzz_make_seeds_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_make_seeds_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_make_seeds_LDADD = libwire.la libbase.la $(CRYPTO_LIBS)

if FUZZER
noinst_PROGRAMS = tests/fuzz/fuzz_keymsg tests/fuzz/fuzz_fido
noinst_PROGRAMS += tests/fuzz/fuzz_agent tests/fuzz/fuzz_ssh_info
noinst_PROGRAMS += tests/fuzz/fuzz_sshsig
tests_fuzz_fuzz_sshsig_SOURCES = $(fuzz_sshsig_sources)
tests_fuzz_fuzz_sshsig_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_sshsig_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_LDFLAGS)
tests_fuzz_fuzz_sshsig_LDADD = $(fuzz_sshsig_libs)

tests_fuzz_fuzz_agent_SOURCES = $(fuzz_agent_sources)
tests_fuzz_fuzz_agent_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_agent_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_LDFLAGS)
tests_fuzz_fuzz_agent_LDADD = $(fuzz_agent_libs)

tests_fuzz_fuzz_ssh_info_SOURCES = $(fuzz_ssh_info_sources)
tests_fuzz_fuzz_ssh_info_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_ssh_info_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_LDFLAGS)
tests_fuzz_fuzz_ssh_info_LDADD = $(fuzz_ssh_info_libs)

tests_fuzz_fuzz_keymsg_SOURCES = $(fuzz_keymsg_sources)
tests_fuzz_fuzz_keymsg_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_keymsg_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_LDFLAGS)
tests_fuzz_fuzz_keymsg_LDADD = $(fuzz_keymsg_libs)

tests_fuzz_fuzz_fido_SOURCES = $(fuzz_fido_sources)
tests_fuzz_fuzz_fido_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_fido_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_LDFLAGS)
tests_fuzz_fuzz_fido_LDADD = $(fuzz_fido_libs)

noinst_PROGRAMS += tests/fuzz/fuzz_policy
tests_fuzz_fuzz_policy_SOURCES = $(fuzz_policy_sources)
tests_fuzz_fuzz_policy_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_policy_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_LDFLAGS)
tests_fuzz_fuzz_policy_LDADD = $(fuzz_policy_libs)
noinst_PROGRAMS += tests/fuzz/fuzz_ticket
tests_fuzz_fuzz_ticket_SOURCES = $(fuzz_ticket_sources)
tests_fuzz_fuzz_ticket_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_ticket_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_LDFLAGS)
tests_fuzz_fuzz_ticket_LDADD = $(fuzz_ticket_libs)
endif
