# The system under fire: see run.sh.
fire_programs = %D%/again %D%/crash %D%/race
check_PROGRAMS += $(fire_programs)
fire_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/tests
fire_attempt = %D%/attempt.c %D%/attempt.h

tests_fire_again_SOURCES = %D%/again.c $(fire_attempt)
tests_fire_again_CPPFLAGS = $(fire_cppflags)
tests_fire_again_LDADD = $(PAM_LIBS)

tests_fire_crash_SOURCES = %D%/crash.c $(fire_attempt) \
	tests/support/killcall.c tests/support/killcall.h
tests_fire_crash_CPPFLAGS = $(fire_cppflags)
tests_fire_crash_LDADD = $(PAM_LIBS)

tests_fire_race_SOURCES = %D%/race.c $(fire_attempt)
tests_fire_race_CPPFLAGS = $(fire_cppflags)
tests_fire_race_LDADD = $(PAM_LIBS)

# -rpath makes a shared object of it, although it is never installed.
check_LTLIBRARIES += tests/support/clock.la
tests_support_clock_la_SOURCES = tests/support/clock.c
tests_support_clock_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-rpath /nowhere

fire-programs: $(fire_programs) tests/support/clock.la
.PHONY: fire-programs

TESTS += %D%/run.sh
EXTRA_DIST += \
	%D%/conftest.py \
	%D%/fire.py \
	%D%/ledger.py \
	%D%/powercut.py \
	%D%/run.sh \
	%D%/test_at_once.py \
	%D%/test_clock.py \
	%D%/test_kill.py \
	%D%/test_kill_operations.py \
	%D%/test_powercut.py
