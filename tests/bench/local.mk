# make bench: this module beside others, measured; see run.sh. Root, and some
# minutes. BENCH_FLAGS="--users 1000000" and the like go to bench.py.
bench_programs = %D%/signin %D%/fill
EXTRA_PROGRAMS += $(bench_programs)
EXTRA_LTLIBRARIES += %D%/pam_bench.la
CLEANFILES += $(bench_programs) %D%/pam_bench.la

tests_bench_signin_SOURCES = %D%/signin.c
tests_bench_signin_LDADD = $(PAM_LIBS)

tests_bench_fill_SOURCES = %D%/fill.c
tests_bench_fill_LDADD = libstore.la libfido.la libotp.la libbase.la \
	$(LIBCONFIG_LIBS) $(CRYPTO_LIBS)

tests_bench_pam_bench_la_SOURCES = %D%/pam_bench.c
tests_bench_pam_bench_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
	-shared -rpath /nowhere
tests_bench_pam_bench_la_LIBADD = $(PAM_LIBS)

bench:
	abs_top_srcdir='$(abs_top_srcdir)' \
	    abs_top_builddir='$(abs_top_builddir)' \
	    $(BASH) '$(top_srcdir)/%D%/run.sh' $(BENCH_FLAGS)
clean-local: clean-bench
clean-bench:
	rm -rf bench
.PHONY: bench clean-bench

EXTRA_DIST += \
	%D%/batch.py \
	%D%/bench.py \
	%D%/denials.py \
	%D%/figures.py \
	%D%/inside \
	%D%/peers.py \
	%D%/plot.py \
	%D%/run.sh \
	%D%/trace.py \
	%D%/whole.py
