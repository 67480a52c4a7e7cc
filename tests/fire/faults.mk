# awsmfa-endpoint with every call that can fail wrapped (--wrap), see plan.h,
# and the test that has them fail. libconfig is linked in, for its allocations.
fire_programs += %D%/faulty %D%/faults %D%/slots

tests_fire_faulty_SOURCES = $(awsmfa_endpoint_SOURCES) \
	%D%/calls.h \
	%D%/calls_library.c \
	%D%/calls_memory.c \
	%D%/calls_other.c \
	%D%/calls_system.c \
	%D%/plan.c %D%/plan.h
tests_fire_faulty_CPPFLAGS = $(fire_cppflags)
tests_fire_faulty_CFLAGS = $(awsmfa_endpoint_CFLAGS)
# -u: from the archive, before the shared library is looked at.
tests_fire_faulty_LDFLAGS = $(AM_LDFLAGS) -Wl,-u,config_init \
	-Wl,@$(top_srcdir)/%D%/wraps
tests_fire_faulty_LDADD = -l:libconfig.a libendpoint.la

tests_fire_faults_SOURCES = \
	%D%/faults.c %D%/faults.h \
	%D%/faults_operations.c \
	%D%/plan.h \
	%D%/signin.c %D%/signin.h \
	%D%/state.c %D%/state.h
tests_fire_faults_CPPFLAGS = $(fire_cppflags)
tests_fire_faults_LDADD = libotp.la libbase.la $(PAM_LIBS) $(CRYPTO_LIBS)

tests_fire_slots_SOURCES = \
	%D%/signin.c %D%/signin.h \
	%D%/slots.c
tests_fire_slots_CPPFLAGS = $(fire_cppflags)
tests_fire_slots_LDADD = libotp.la libbase.la $(PAM_LIBS) $(CRYPTO_LIBS)

EXTRA_DIST += \
	%D%/faulty.py \
	%D%/test_attacks.py \
	%D%/test_faults.py \
	%D%/test_room.py \
	%D%/test_slots.py \
	%D%/unwrapped \
	%D%/wraps
