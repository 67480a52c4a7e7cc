# The system under fire: see run.sh.
fire_programs = %D%/race
check_PROGRAMS += $(fire_programs)

tests_fire_race_SOURCES = %D%/race.c
tests_fire_race_LDADD = $(PAM_LIBS)

fire-programs: $(fire_programs)
.PHONY: fire-programs

TESTS += %D%/run.sh
EXTRA_DIST += \
	%D%/conftest.py \
	%D%/fire.py \
	%D%/run.sh \
	%D%/test_at_once.py
