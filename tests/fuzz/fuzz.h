/* What a fuzz target and its drivers (libFuzzer, replay.c) share. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * One input. Aborts where what must hold does not; FUZZ_ACCEPTED tells whether
 * this input was taken as what it claims to be, FUZZ_SKIPPED that this can't
 * be told, as not root runs it.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

extern bool	fuzz_accepted, fuzz_skipped;

/* How many mutations of each seed a replay has time for. */
extern const unsigned	fuzz_mutations;

#define must(what) do {							\
	if (!(what)) {							\
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,	\
		    __LINE__, #what);					\
		abort();						\
	}								\
} while (0)

#endif
